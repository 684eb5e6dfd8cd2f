/* The peak and its time.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>
#include <zmalloc.h>

#include "account.h"
#include "tests/core/child.h"
#include "tests/core/test.h"
#include "tests/core/threads.h"

/* A size that, on top of what is used, leads `beyond` bytes over the peak. */
static size_t up_to(size_t beyond)
{
    return zmalloc_get_peak_memory() - zmalloc_used_memory() + beyond;
}

/* How far below the truth the peak may be, as stats.h has it. */
static size_t slack(size_t threads)
{
    size_t share = zmalloc_get_peak_memory() / 64, shares = 2;
    for (size_t n = threads; n > 1; n /= 2)
        shares++;
    return threads * ZMALLOC_PEAK_SLACK + share * shares;
}

static void holds_what_a_caller_has_seen(void **state)
{
    (void)state;
    for (size_t beyond = 1; beyond < 10 * ZM_MIB; beyond *= 3) {
        void *block = zmalloc(up_to(beyond));
        size_t used = zmalloc_used_memory();
        zfree(block);
        assert_in_range(zmalloc_get_peak_memory(), used, used + ZMALLOC_PEAK_SLACK);
    }
}

static void holds_what_nobody_has_seen(void **state)
{
    (void)state;
    size_t before = zmalloc_used_memory(), size = up_to(8 * ZM_MIB), usable;
    zfree(zmalloc_usable(size, &usable));
    size_t peak = zmalloc_get_peak_memory();
    assert_in_range(peak, before + usable - slack(1), before + usable + ZMALLOC_PEAK_SLACK);
}

static void holds_many_small_blocks(void **state)
{
    (void)state;
    enum { BLOCKS = 20000 };
    static void *blocks[BLOCKS];
    size_t each = up_to(8 * ZM_MIB) / BLOCKS + 1, before = zmalloc_used_memory(), held = 0;
    for (size_t i = 0; i < BLOCKS; i++) {
        size_t usable;
        blocks[i] = zmalloc_usable(each, &usable);
        held += usable;
    }
    for (size_t i = 0; i < BLOCKS; i++)
        zfree(blocks[i]);
    size_t peak = zmalloc_get_peak_memory();
    assert_in_range(peak, before + held - slack(1), before + held + ZMALLOC_PEAK_SLACK);
}

/* ---- of several threads ---- */

enum { THREADS = 8, BLOCKS = 500 };

static pthread_barrier_t all_hold;
static size_t each, held[THREADS];

static void hold(void *arg, unsigned number)
{
    (void)arg;
    void *blocks[BLOCKS];
    held[number] = 0;
    for (size_t i = 0; i < BLOCKS; i++) {
        size_t usable;
        blocks[i] = zmalloc_usable(each, &usable);
        held[number] += usable;
    }
    pthread_barrier_wait(&all_hold);
    for (size_t i = 0; i < BLOCKS; i++)
        zfree(blocks[i]);
}

static void holds_the_sum_of_threads(void **state)
{
    (void)state;
    size_t before = zmalloc_used_memory(), sum = 0;
    each = up_to(8 * ZM_MIB) / (THREADS * BLOCKS) + 1;
    pthread_barrier_init(&all_hold, NULL, THREADS);
    zm_crew_join(zm_crew_start(THREADS, hold, NULL));
    pthread_barrier_destroy(&all_hold);
    for (size_t i = 0; i < THREADS; i++)
        sum += held[i];
    size_t peak = zmalloc_get_peak_memory();
    assert_in_range(peak, before + sum - slack(THREADS),
                    before + sum + THREADS * ZMALLOC_PEAK_SLACK);
}

/* ---- of threads that started when there were fewer ---- */

enum { ELDERS = 64 };

static pthread_barrier_t all_started, all_filled;
static size_t filled[ELDERS];

/* A block within the thread's batch, which is a share of the peak by the number of threads that
 * there were; with room for what the allocator rounds up. Nobody sums until it is gone. */
static void *fill_batch(void *peak)
{
    static atomic_size_t arrivals;
    zfree(zmalloc(1));
    size_t number = arrivals++;
    pthread_barrier_wait(&all_started);
    void *block = zmalloc_usable((uintptr_t)peak / 64 / (number + 2) / 4 * 3, &filled[number]);
    pthread_barrier_wait(&all_filled);
    zfree(block);
    return NULL;
}

/* Ours do. A backend whose hot path is not told the size of a block looks at the peak with every
 * call; so does libc under a sanitizer. */
static bool counts_in_batches(void)
{
    static const char *const ours[] = {"libc", "jemalloc", "tcmalloc", "tcmalloc_minimal",
                                       "mimalloc"};
    for (size_t i = ZM_SANITIZER; i < ZM_COUNT_OF(ours); i++) {
        if (zm_wanted_is(ours[i]))
            return true;
    }
    return false;
}

static int hold_untold(void *unused)
{
    (void)unused;
    pthread_t threads[ELDERS];
    pthread_barrier_init(&all_started, NULL, ELDERS + 1);
    pthread_barrier_init(&all_filled, NULL, ELDERS + 1);
    void *large = zmalloc(512 * ZM_MIB);
    uintptr_t peak = zmalloc_get_peak_memory();
    for (unsigned i = 0; i < ELDERS; i++) {
        ZM_EXPECT(pthread_create(&threads[i], NULL, fill_batch, (void *)peak) == 0);
        while (zm_account_now().threads < i + 2)
            sched_yield();
    }
    size_t held = zmalloc_used_memory();
    pthread_barrier_wait(&all_started);
    pthread_barrier_wait(&all_filled);
    for (size_t i = 0; i < ELDERS; i++) {
        pthread_join(threads[i], NULL);
        held += filled[i];
    }
    peak = zmalloc_get_peak_memory();
    ZM_EXPECT(peak <= held);
    if (counts_in_batches() && sizeof(void *) > 4) /* libc maps smaller ones there, and we look */
        ZM_EXPECT(held - peak > peak / 32);        /* else this shows nothing */
    ZM_EXPECT(held - peak <= slack(ELDERS + 1));
    zfree(large);
    return 0;
}

static void is_as_low_as_the_header_says(void **state)
{
    (void)state;
    struct zm_child child = zm_run_child(hold_untold, NULL, ZM_TIMEOUT); /* a peak of its own */
    zm_assert_child_ok(&child);
}

/* ---- when ---- */

static void tells_when(void **state)
{
    (void)state;
    time_t start = time(NULL);
    zfree(zmalloc(up_to(ZM_MIB)));
    time_t first = zmalloc_get_peak_memory_time();
    assert_in_range(first, start, time(NULL));
    struct timespec pause = {.tv_sec = 1, .tv_nsec = 100000000};
    nanosleep(&pause, NULL);
    zfree(zmalloc(1000));
    assert_int_equal(zmalloc_get_peak_memory_time(), first);
    zfree(zmalloc(up_to(ZM_MIB)));
    assert_in_range(zmalloc_get_peak_memory_time(), first + 1, time(NULL));
}

int zm_account_peak(void)
{
    const struct CMUnitTest tests[] = {
        /* First: with sizes that are powers of two the next one raises the peak by far. */
        cmocka_unit_test(is_as_low_as_the_header_says),
        cmocka_unit_test(holds_what_a_caller_has_seen),
        cmocka_unit_test(holds_what_nobody_has_seen),
        cmocka_unit_test(holds_many_small_blocks),
        cmocka_unit_test(holds_the_sum_of_threads),
        cmocka_unit_test(tells_when),
    };
    return cmocka_run_group_tests_name("peak", tests, NULL, NULL);
}
