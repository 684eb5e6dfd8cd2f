/* Closes a plugin while threads that allocated in it live on.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "tests/core/test.h"

#define THREADS 8

static void *(*plugin_take)(size_t size);
static pthread_barrier_t taken, closed;

static void *take_and_outlive(void *arg)
{
    (void)arg;
    assert_non_null(plugin_take(1000));
    pthread_barrier_wait(&taken);
    pthread_barrier_wait(&closed);
    return NULL;
}

static void *symbol(void *plugin, const char *name)
{
    void *found = dlsym(plugin, name);
    assert_non_null(found);
    return found;
}

static void open_use_close(void)
{
    void *plugin = dlopen(ZM_PLUGIN, RTLD_NOW | RTLD_LOCAL);
    if (!plugin)
        fail_msg("%s", dlerror());
    const char *(*backend)(void);
    size_t (*used)(void);
    *(void **)&plugin_take = symbol(plugin, "plugin_take");
    *(void **)&backend = symbol(plugin, "plugin_backend");
    *(void **)&used = symbol(plugin, "plugin_used");

    pthread_t threads[THREADS];
    pthread_barrier_init(&taken, NULL, THREADS + 1);
    pthread_barrier_init(&closed, NULL, THREADS + 1);
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, take_and_outlive, NULL), 0);
    pthread_barrier_wait(&taken);
    assert_string_equal(backend(), zm_wanted_backend());
    assert_true(used() >= THREADS * 1000);
    assert_int_equal(dlclose(plugin), 0);
    pthread_barrier_wait(&closed);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
}

static void threads_outlive_the_plugin(void **state)
{
    (void)state;
    open_use_close();
    open_use_close();
}

int main(void)
{
    static const struct CMUnitTest tests[] = {cmocka_unit_test(threads_outlive_the_plugin)};
    return cmocka_run_group_tests_name("unloaded", tests, NULL, NULL);
}
