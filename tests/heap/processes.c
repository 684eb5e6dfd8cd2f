/* Heaps over fork and the end of threads, and where there is no room for one.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "heap.h"

#include <pthread.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static int status_of(pid_t pid)
{
    int status;
    return waitpid(pid, &status, 0) == pid ? status : -1;
}

static void a_forked_process_goes_on(void **state)
{
    (void)state;
    zmalloc_heap *heaps[MOST];
    void *blocks[MOST];
    size_t count = make_all(heaps);
    for (size_t i = 0; i < count; i++)
        blocks[i] = zmalloc_heap_malloc(heaps[i], 1000);
    pid_t pid = fork();
    if (pid == 0) {
        size_t before = zmalloc_used_memory(), sizes = 0;
        zmalloc_heap *fresh = zmalloc_heap_create(OPTIONS(.name = "of_the_child"));
        zfree(zmalloc_heap_malloc(fresh, 10));
        for (size_t i = 0; i < count; i++) {
            sizes += zmalloc_size(blocks[i]);
            zfree(blocks[i]);
            void *again = zmalloc_heap_malloc(heaps[i], 50);
            if (zmalloc_heap_of(again) != heaps[i])
                _exit(1);
            zfree(again);
            if (usage_of(heaps[i]).used_bytes != 0 || zmalloc_heap_destroy(heaps[i], NULL) != 0)
                _exit(2);
        }
        _exit(zmalloc_used_memory() == before - sizes && zmalloc_heap_destroy(fresh, NULL) == 0
                  ? 0
                  : 3);
    }
    assert_int_equal(status_of(pid), 0);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(usage_of(heaps[i]).used_bytes, zmalloc_size(blocks[i]));
        zfree(blocks[i]);
    }
    end_all(heaps, count);
}

static pthread_key_t late_key;
static zmalloc_heap *late_heaps[MOST];
static size_t late_count;
static void *left_behind[MOST];

/* Called a second time it comes after the library's own destructors: the thread has no slot any
 * more. */
static void late(void *round)
{
    if (*(int *)round == 1) {
        pthread_setspecific(late_key, (int *)round + 1);
        return;
    }
    for (size_t i = 0; i < late_count; i++) {
        zfree(zmalloc_heap_malloc(late_heaps[i], 200));
        left_behind[i] = zmalloc_heap_malloc(late_heaps[i], 300);
    }
}

static void *short_life(void *unused)
{
    static int rounds[] = {1, 2};
    (void)unused;
    zfree(zmalloc(10));
    pthread_setspecific(late_key, rounds);
    return NULL;
}

static void nothing_is_lost_at_a_threads_end(void **state)
{
    (void)state;
    size_t before = zmalloc_used_memory();
    late_count = make_all(late_heaps);
    assert_int_equal(pthread_key_create(&late_key, late), 0);
    for (int round = 0; round < 20; round++) {
        pthread_t thread;
        assert_int_equal(pthread_create(&thread, NULL, short_life, NULL), 0);
        pthread_join(thread, NULL);
        for (size_t i = 0; i < late_count; i++) {
            assert_non_null(left_behind[i]);
            assert_int_equal(usage_of(late_heaps[i]).used_bytes, zmalloc_size(left_behind[i]));
            zfree(left_behind[i]);
            assert_int_equal(usage_of(late_heaps[i]).used_bytes, 0);
            assert_int_equal(usage_of(late_heaps[i]).allocs, 2 * (round + 1));
        }
    }
    pthread_key_delete(late_key);
    end_all(late_heaps, late_count);
    assert_true(zmalloc_used_memory() <= before + 4096); /* the C library keeps a thread's stack */
}

/* In a process that can have no more address space nothing is half done. */
static void too_little_address_space_is_an_error(void **state)
{
    (void)state;
    if (ZM_SLOW)
        skip();
    pid_t pid = fork();
    if (pid == 0) {
        struct rlimit none = {1 << 20, 1 << 20};
        size_t before = zmalloc_used_memory();
        if (setrlimit(RLIMIT_AS, &none) != 0)
            _exit(1);
        for (int i = 0; i < 4000; i++) {
            errno = 0;
            if (!zmalloc_heap_create(OPTIONS(.name = "small")))
                _exit(errno == ENOMEM && zmalloc_used_memory() == before ? 0 : 2);
        }
        _exit(3);
    }
    assert_int_equal(status_of(pid), 0);
}

int test_processes(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(too_little_address_space_is_an_error), /* before there is a first heap */
        cmocka_unit_test(a_forked_process_goes_on),
        cmocka_unit_test(nothing_is_lost_at_a_threads_end),
        cmocka_unit_test(too_little_address_space_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
