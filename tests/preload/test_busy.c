/* Under the preload: forks and signals while other threads allocate.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/preload/libraries/loaded.h"

#define THREADS 4
#define FORKS   200

static atomic_bool stop;

/* Hands half of its blocks to whoever comes next, so that frees cross threads. */
static void *busy(void *arg)
{
    static void *_Atomic shared[256];
    uint64_t random = (uintptr_t)arg;
    while (!atomic_load_explicit(&stop, memory_order_relaxed)) {
        if (zm_random(&random) % 128 == 0)
            usleep(20); /* others want the processor too */
        size_t size = zm_random(&random) % 5000;
        char *block = size % 3 ? malloc(size) : calloc(1, size);
        if (size)
            block[size - 1] = 1;
        block = realloc(block, size + 100);
        free(atomic_exchange(&shared[zm_random(&random) % ZM_COUNT_OF(shared)], block));
    }
    return NULL;
}

static void start(pthread_t threads[THREADS])
{
    atomic_store(&stop, false);
    for (uintptr_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, busy, (void *)(i + 1)), 0);
}

static void finish(pthread_t threads[THREADS])
{
    atomic_store(&stop, true);
    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
}

static void *child_thread(void *arg)
{
    free(arg);
    return malloc(100);
}

/* The child has all that its parent had, and may start threads of its own. */
static int child(char *before_fork)
{
    alarm(20); /* a lock that another thread held would never be free */
    if (strcmp(before_fork, "from the parent") != 0)
        return 1;
    before_fork = realloc(before_fork, 5000);
    char *blocks[500];
    for (size_t i = 0; i < ZM_COUNT_OF(blocks); i++)
        blocks[i] = memset(malloc(i * 40 + 1), 1, i * 40 + 1);
    pthread_t thread;
    void *fresh;
    if (pthread_create(&thread, NULL, child_thread, before_fork) != 0 ||
        pthread_join(thread, &fresh) != 0)
        return 2;
    free(fresh);
    size_t used = zm_loaded_used();
    size_t freed = 0;
    size_t (*usable)(void *);
    *(void **)&usable = zm_symbol("malloc_usable_size");
    for (size_t i = 0; i < ZM_COUNT_OF(blocks); i++) {
        freed += usable(blocks[i]);
        free(blocks[i]);
    }
    return zm_loaded_used() == used - freed ? 0 : 3;
}

static void forks(void **state)
{
    (void)state;
    pthread_t threads[THREADS];
    start(threads);
    for (int i = 0; i < FORKS; i++) {
        char *text = strdup("from the parent");
        pid_t pid = fork();
        assert_true(pid >= 0);
        if (pid == 0)
            _exit(child(text));
        int status;
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_int_equal(status, 0);
        free(text);
    }
    finish(threads);
}

static atomic_uint signals;
static _Atomic size_t highest;

static void look(int number)
{
    (void)number;
    size_t used = zm_loaded_used(), seen = atomic_load_explicit(&highest, memory_order_relaxed);
    /* Handlers run in all threads at once. */
    while (used > seen && !atomic_compare_exchange_weak_explicit(
                              &highest, &seen, used, memory_order_relaxed, memory_order_relaxed))
        ;
    atomic_fetch_add_explicit(&signals, 1, memory_order_relaxed);
}

static void asked_in_signal_handlers(void **state)
{
    (void)state;
    pthread_t threads[THREADS];
    struct sigaction action = {.sa_handler = look, .sa_flags = SA_RESTART}, old;
    assert_int_equal(sigaction(SIGALRM, &action, &old), 0);
    struct itimerval often = {{0, 500}, {0, 500}}, never = {0};
    assert_int_equal(setitimer(ITIMER_REAL, &often, NULL), 0);
    void *block = malloc(10 * ZM_MIB);
    size_t used = zm_loaded_used();
    start(threads);
    while (atomic_load(&signals) < 500) {
        void *other = malloc(500);
        for (size_t i = 0; i < THREADS; i++)
            pthread_kill(threads[i], SIGALRM);
        free(other);
    }
    finish(threads);
    assert_int_equal(setitimer(ITIMER_REAL, &never, NULL), 0);
    assert_int_equal(sigaction(SIGALRM, &old, NULL), 0);
    assert_true(atomic_load(&highest) >= used);
    assert_true(atomic_load(&highest) < used + 100 * ZM_MIB); /* and never below zero */
    free(block);
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
        cmocka_unit_test(forks),
        cmocka_unit_test(asked_in_signal_handlers),
    };
    return cmocka_run_group_tests_name("preload busy", tests, prepare, NULL);
}
