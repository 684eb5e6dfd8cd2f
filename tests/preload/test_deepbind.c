/* Blocks cross between a program and a library that it opens with RTLD_DEEPBIND.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/preload/libraries/loaded.h"

/* By its bare name: only this program's run path says where it lies. */
static void *open_plugin(void)
{
    void *plugin = dlopen(ZM_PLUGIN, RTLD_NOW | RTLD_LOCAL | RTLD_DEEPBIND);
    if (!plugin)
        fail_msg("%s", dlerror());
    return plugin;
}

static void blocks_cross(void **state)
{
    (void)state;
    void *plugin = open_plugin();
    char *(*swap)(char *);
    *(void **)&swap = dlsym(plugin, "zm_deep_swap");
    assert_non_null(swap);
    char *text = strdup("a text");
    for (int i = 0; i < 1000; i++)
        text = swap(text);
    assert_string_equal(text, "a text");
    free(text);
    dlclose(plugin);
}

static void what_is_missing_is_told(void **state)
{
    (void)state;
    assert_null(dlopen("libno-such-zm.so", RTLD_NOW | RTLD_DEEPBIND));
    assert_non_null(strstr(dlerror(), "libno-such-zm.so"));
    assert_non_null(dlopen(NULL, RTLD_NOW));
}

/* Run again, with the variable set. */
static int status_with(const char *value, char *self)
{
    pid_t pid = fork();
    if (pid == 0) {
        setenv("ZMALLOC_DEEPBIND", value, 1);
        execv(self, (char *[]){self, "look", NULL});
        _exit(99);
    }
    int status = -1;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return status;
}

/* 0 if the plugin's free is the program's. */
static int look(void)
{
    const void *(*sees)(void);
    void *plugin = dlopen(ZM_PLUGIN, RTLD_NOW | RTLD_DEEPBIND);
    if (!plugin)
        return 2;
    *(void **)&sees = dlsym(plugin, "zm_deep_free");
    return sees() != (const void *)(size_t)free;
}

static char *self;

static void the_variable(void **state)
{
    (void)state;
    assert_int_equal(status_with("", self), 0);
    assert_int_equal(WEXITSTATUS(status_with("keep", self)), 1);
    assert_int_equal(WTERMSIG(status_with("kept", self)), 6);
}

int main(int argc, char **argv)
{
    if (argc > 1)
        return look();
    self = argv[0];
    zm_loaded_init();
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_cross),
        cmocka_unit_test(what_is_missing_is_told),
        cmocka_unit_test(the_variable),
    };
    return cmocka_run_group_tests_name("preload deepbind", tests, NULL, NULL);
}
