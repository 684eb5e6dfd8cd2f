/* Under the preload: allocations at the edges of a program's, a library's and a thread's life.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/core/child.h"
#include "tests/preload/libraries/first.h"
#include "tests/preload/libraries/loaded.h"
#include "tests/preload/libraries/opened.h"

/* glibc's, below C++'s thread_local. */
int __cxa_thread_atexit_impl(void (*destructor)(void *), void *object, void *library);
extern void *__dso_handle;

static void run_child(int (*body)(void *), void *arg)
{
    fflush(NULL); /* what the child would write again */
    struct zm_child child = zm_run_child(body, arg, ZM_TIMEOUT);
    zm_assert_child_ok(&child);
}

static void churn(unsigned rounds)
{
    void *blocks[64] = {NULL};
    for (unsigned i = 0; i < rounds; i++) {
        size_t n = i * 7919 % ZM_COUNT_OF(blocks);
        free(blocks[n]);
        blocks[n] = malloc(i * 31 % 3000);
    }
    for (size_t n = 0; n < ZM_COUNT_OF(blocks); n++)
        free(blocks[n]);
}

static void before_any_constructor(void **state)
{
    (void)state;
    char *text = zm_first_take();
    assert_string_equal(text, "made in a constructor");
    text = realloc(text, 10000);
    assert_string_equal(text, "made in a constructor");
    free(text);
}

/* ---- thread exit ---- */

static pthread_key_t late_key; /* made after the library's own: its destructor runs after */

struct late {
    int rounds;
    char *text;
};

/* Comes back until libc has had enough. */
static void late_destructor(void *value)
{
    struct late *late = value;
    churn(200);
    free(late->text);
    if (--late->rounds == 0) {
        free(late);
        return;
    }
    late->text = strdup("again");
    pthread_setspecific(late_key, late);
}

static void cxx_destructor(void *object)
{
    churn(200);
    free(object);
}

static void *with_destructors(void *arg)
{
    struct late *late = malloc(sizeof *late);
    *late = (struct late){.rounds = 3, .text = strdup("first")};
    pthread_setspecific(late_key, late);
    pthread_setspecific(zm_first_key(), strdup("early"));
    __cxa_thread_atexit_impl(cxx_destructor, malloc(700), &__dso_handle);
    return arg;
}

/* A thread whose first allocation is in a destructor. */
static void *only_destructors(void *arg)
{
    __cxa_thread_atexit_impl(cxx_destructor, NULL, &__dso_handle);
    return arg;
}

static void one_thread(void *(*body)(void *))
{
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, body, NULL), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
}

static void thread_destructors(void **state)
{
    (void)state;
    assert_int_equal(pthread_key_create(&late_key, late_destructor), 0);
    for (int i = 0; i < 20; i++) { /* libc keeps stacks and their thread-local storage */
        one_thread(with_destructors);
        one_thread(only_destructors);
    }
    size_t before = zm_loaded_used();
    for (int i = 0; i < 200; i++) {
        one_thread(with_destructors);
        one_thread(only_destructors);
    }
    assert_int_equal(zm_loaded_used(), before);
}

/* ---- dlopen ---- */

static void library_comes_and_goes(void **state)
{
    (void)state;
    size_t before = 0;
    for (int i = 0; i < 20; i++) {
        void *library = dlopen(ZM_OPENED, RTLD_NOW | RTLD_LOCAL);
        assert_non_null(library);
        char *(*copy)(const char *);
        *(void **)&copy = dlsym(library, "zm_opened_copy");
        assert_non_null(copy);
        char *text = copy("outlives it");
        assert_int_equal(dlclose(library), 0);
        assert_null(dlopen(ZM_OPENED, RTLD_NOLOAD | RTLD_NOW));
        assert_string_equal(text, "outlives it");
        free(text);
        dlerror();
        if (i == 9) /* the loader has what it keeps */
            before = zm_loaded_used();
    }
    assert_int_equal(zm_loaded_used(), before);
}

/* ---- the end ---- */

static char *at_exit_text;

static void in_atexit(void)
{
    churn(1000);
    if (strcmp(at_exit_text, "until exit") != 0)
        _exit(4);
    free(at_exit_text);
}

static void some_churn(void)
{
    churn(100);
}

static int exit_with_handlers(void *arg)
{
    (void)arg;
    at_exit_text = strdup("until exit");
    for (int i = 0; i < 100; i++) /* more than the handlers libc has room for at first */
        ZM_EXPECT(atexit(i ? some_churn : in_atexit) == 0);
    exit(0);
}

static void *churn_for_ever(void *arg)
{
    for (;;)
        churn(1000);
    return arg;
}

static void *churn_a_while(void *arg)
{
    churn(200000);
    return arg;
}

static int exit_with_threads(void *arg)
{
    (void)arg;
    pthread_t threads[4];
    for (size_t i = 0; i < ZM_COUNT_OF(threads); i++)
        ZM_EXPECT(pthread_create(&threads[i], NULL, churn_for_ever, NULL) == 0);
    churn(10000);
    exit(0);
}

static int leave_main_to_a_thread(void *arg)
{
    pthread_t thread;
    ZM_EXPECT(pthread_create(&thread, NULL, churn_a_while, NULL) == 0);
    at_exit_text = strdup("until exit");
    ZM_EXPECT(atexit(in_atexit) == 0);
    pthread_exit(arg);
}

/* Whoever has no standard files gets 0, 1 and 2 for his own, and finds in them what he wrote. */
static int without_standard_files(void *arg)
{
    (void)arg;
    for (int fd = 0; fd < 3; fd++)
        close(fd);
    char name[] = "/tmp/zmalloc-test-XXXXXX";
    int fds[3];
    fds[0] = mkstemp(name);
    fds[1] = dup(fds[0]);
    fds[2] = dup(fds[0]);
    if (fds[0] != 0 || fds[1] != 1 || fds[2] != 2 || unlink(name) != 0)
        return 2;
    churn(100000);
    return lseek(2, 0, SEEK_END) == 0 ? 0 : 3;
}

static void at_exit(void **state)
{
    (void)state;
    run_child(exit_with_handlers, NULL);
}

static void at_exit_with_threads(void **state)
{
    (void)state;
    for (int i = 0; i < 20; i++)
        run_child(exit_with_threads, NULL);
}

static void main_ends_first(void **state)
{
    (void)state;
    run_child(leave_main_to_a_thread, NULL);
}

static void closed_standard_files(void **state)
{
    (void)state;
    run_child(without_standard_files, NULL);
}

static int prepare(void **state)
{
    (void)state;
    zm_loaded_init();
    return 0;
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(before_any_constructor), cmocka_unit_test(thread_destructors),
        cmocka_unit_test(library_comes_and_goes), cmocka_unit_test(at_exit),
        cmocka_unit_test(at_exit_with_threads),   cmocka_unit_test(main_ends_first),
        cmocka_unit_test(closed_standard_files),
    };
    return cmocka_run_group_tests_name("preload lives", tests, prepare, NULL);
}
