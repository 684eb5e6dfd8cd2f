/* The choice of the backend. Each test makes it in a process of its own: this one never does.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zmalloc.h>

#include "child.h"
#include "runtime/active.h"
#include "runtime/choice.h"
#include "test.h"

/* Each test makes the choice in a process of its own. */
ZMALLOC_START_LATE

#define VARIABLE "ZMALLOC_BACKEND"

static struct zmalloc_backend_info describe(size_t index)
{
    struct zmalloc_backend_info info = {.struct_size = sizeof info};
    ZM_EXPECT(zmalloc_backend_describe(index, &info) == 0);
    return info;
}

static bool is_null(size_t index)
{
    return strcmp(describe(index).name, "null") == 0;
}

/* Runs `body` with the variable set to `value`, or without it. */
static struct zm_child run_with(const char *value, int (*body)(void *arg), void *arg)
{
    if (value)
        setenv(VARIABLE, value, 1);
    else
        unsetenv(VARIABLE);
    return zm_run_child(body, arg, ZM_TIMEOUT);
}

/* ---- names ---- */

static int allocate(void *arg)
{
    (void)arg;
    zfree(zmalloc(1));
    return 0;
}

static int ask(void *arg)
{
    (void)arg;
    return zmalloc_backend_name()[0] == '\0';
}

static int replace(void *arg)
{
    (void)arg;
    zfree(zrealloc(NULL, 1));
    return 0;
}

static int measure(void *arg)
{
    (void)arg;
    return (int)zmalloc_size(NULL);
}

/* Whatever comes first. */
static int (*const first_calls[])(void *) = {allocate, ask, replace, measure};

static void unknown_names_are_refused(void **state)
{
    (void)state;
    /* One literal: clang takes two in a list for a forgotten comma. */
#define LONG_NAME \
    "a name that is much longer than any buffer that somebody could have thought would do for one"
    static const char *const names[] = {"nosuch", "LIBC", "libc ", " ", "jemalloc,libc", LONG_NAME};
    for (size_t i = 0; i < ZM_COUNT_OF(names); i++)
        for (size_t call = 0; call < ZM_COUNT_OF(first_calls); call++) {
            struct zm_child child = run_with(names[i], first_calls[call], NULL);
            assert_true(WIFSIGNALED(child.status));
            assert_int_equal(WTERMSIG(child.status), SIGABRT);
            assert_non_null(strstr(child.err, names[i]));
            assert_non_null(strstr(child.err, VARIABLE));
            char *newline = strchr(child.err, '\n');
            assert_true(newline && newline[1] == '\0'); /* one line */
            char *list = strstr(child.err, names[i]) + strlen(names[i]);
            for (size_t b = 0; b < zmalloc_backend_count(); b++)
                assert_non_null(strstr(list, describe(b).name));
        }
}

/* `arg` is the index of the backend that should run. */
static int expect_running(void *arg)
{
    size_t wanted = *(size_t *)arg;
    for (size_t i = 0; i < zmalloc_backend_count(); i++)
        ZM_EXPECT(!describe(i).is_running); /* to ask is not to choose */
    if (!is_null(wanted))
        zfree(zmalloc(100));
    ZM_EXPECT(strcmp(zmalloc_backend_name(), describe(wanted).name) == 0);
    for (size_t i = 0; i < zmalloc_backend_count(); i++)
        ZM_EXPECT(describe(i).is_running == (i == wanted));
    setenv(VARIABLE, "nosuch", 1); /* too late to matter */
    if (!is_null(wanted))
        zfree(zmalloc(100));
    ZM_EXPECT(strcmp(zmalloc_backend_name(), describe(wanted).name) == 0);
    return 0;
}

static void each_name_is_obeyed(void **state)
{
    (void)state;
    for (size_t i = 0; i < zmalloc_backend_count(); i++) {
        struct zm_child child = run_with(describe(i).name, expect_running, &i);
        zm_assert_child_ok(&child);
    }
}

static void no_name_means_the_default(void **state)
{
    (void)state;
    size_t i = 0;
    while (!describe(i).is_default)
        i++;
    struct zm_child unset = run_with(NULL, expect_running, &i);
    zm_assert_child_ok(&unset);
    struct zm_child empty = run_with("", expect_running, &i);
    zm_assert_child_ok(&empty);
}

/* environ may not be there yet when the first call comes; the kernel's copy is. */
static int choose_without_environ(void *arg)
{
    extern char **environ;
    (void)arg;
    environ = NULL;
    ZM_EXPECT(strcmp(zmalloc_backend_name(), zmalloc_backend_name()) == 0);
    return 0;
}

static void works_before_environ(void **state)
{
    (void)state;
    struct zm_child child = run_with("libc", choose_without_environ, NULL);
    zm_assert_child_ok(&child);
}

/* ---- at once ---- */

enum { THREADS = 32 };

static pthread_barrier_t start;

static void *call_first(void *arg)
{
    pthread_barrier_wait(&start);
    char *block = zmalloc(100);
    if (block)
        memset(block, 1, 100);
    zfree(block);
    *(const char **)arg = zmalloc_backend_name();
    return block;
}

static int call_at_once(void *arg)
{
    (void)arg;
    pthread_t threads[THREADS];
    const char *names[THREADS];
    pthread_barrier_init(&start, NULL, THREADS);
    for (size_t i = 0; i < THREADS; i++)
        ZM_EXPECT(pthread_create(&threads[i], NULL, call_first, &names[i]) == 0);
    for (size_t i = 0; i < THREADS; i++) {
        void *block;
        pthread_join(threads[i], &block);
        ZM_EXPECT(block);
        ZM_EXPECT(strcmp(names[i], getenv(VARIABLE)) == 0);
    }
    ZM_EXPECT(zmalloc_used_memory() == 0);
    struct zmalloc_stats s = {.struct_size = sizeof s};
    ZM_EXPECT(zmalloc_get_stats(&s) == 0);
    ZM_EXPECT(s.allocs == THREADS && s.frees == THREADS);
    return 0;
}

static void several_threads_come_first(void **state)
{
    (void)state;
    for (size_t i = 0; i < zmalloc_backend_count(); i++)
        for (int again = 0; again < 10 && !is_null(i); again++) {
            struct zm_child child = run_with(describe(i).name, call_at_once, NULL);
            zm_assert_child_ok(&child);
        }
}

/* ---- for good ---- */

static int overwrite(void *arg)
{
    zfree(zmalloc(1));
    memset((char *)&zm_active_page + *(size_t *)arg, 0, 1);
    return 0;
}

static void table_is_read_only(void **state)
{
    (void)state;
    const size_t offsets[] = {0, sizeof(struct zm_front) - 1, sizeof zm_active_page - 1};
    for (size_t i = 0; i < ZM_COUNT_OF(offsets); i++) {
        size_t offset = offsets[i];
        struct zm_child child = run_with("libc", overwrite, &offset);
        assert_true(WIFSIGNALED(child.status));
        assert_int_equal(WTERMSIG(child.status), SIGSEGV);
    }
}

/* ---- alone ---- */

/* Bytes of anonymous writable mappings, but for the heap, the stacks and what follows on a file's
 * mapping (static data): every allocator but libc's makes such at its start. */
static size_t mapped(void)
{
    char line[512];
    size_t sum = 0;
    unsigned long end_of_file_mapping = 0;
    FILE *maps = fopen("/proc/self/maps", "r");
    ZM_EXPECT(maps);
    while (fgets(line, sizeof line, maps)) {
        unsigned long from, to, inode;
        char access[5];
        int end = 0;
        ZM_EXPECT(sscanf(line, "%lx-%lx %4s %*x %*s %lu%n", &from, &to, access, &inode, &end) == 4);
        bool named = line[end + (int)strspn(line + end, " ")] != '\n';
        if (strstr(line, "/memfd:")) /* the account's page, which has no static data behind it */
            continue;
        if (inode)
            end_of_file_mapping = to;
        else if (access[1] == 'w' && !named && from != end_of_file_mapping)
            sum += to - from;
    }
    fclose(maps);
    return sum;
}

static int count_mappings(void *arg)
{
    size_t *growth = arg;
    size_t before = mapped();
    zfree(zmalloc(100));
    *growth = mapped() - before;
    /* Nothing is mapped beforehand either, by a constructor: 512 KiB are libc's and our own. */
    ZM_EXPECT(before < ZM_MIB / 2);
    return *growth >= ZM_MIB / 4;
}

static void only_the_chosen_starts(void **state)
{
    (void)state;
    if (ZM_SANITIZER) {
        print_message("skipped: a sanitizer's own mappings grow too\n");
        skip();
    }
    for (size_t i = 0; i < zmalloc_backend_count(); i++) {
        size_t growth;
        const char *name = describe(i).name;
        struct zm_child child = run_with(name, count_mappings, &growth);
        if (strncmp(name, "libc", 4) == 0)
            zm_assert_child_ok(&child);
        else if (!is_null(i))
            assert_true(WIFEXITED(child.status) && WEXITSTATUS(child.status) == 1 &&
                        !child.err[0]); /* the measure shows that an allocator has started */
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(unknown_names_are_refused),  cmocka_unit_test(each_name_is_obeyed),
        cmocka_unit_test(no_name_means_the_default),  cmocka_unit_test(works_before_environ),
        cmocka_unit_test(several_threads_come_first), cmocka_unit_test(table_is_read_only),
        cmocka_unit_test(only_the_chosen_starts),
    };
    return cmocka_run_group_tests_name("choice", tests, NULL, NULL);
}
