/* Sums over many threads: exact at rest, sane at any time, slots used again.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include <sched.h>
#include <stdatomic.h>
#include <zmalloc.h>

#include "account.h"
#include "accounting/counters.h"
#include "tests/core/churn.h"
#include "tests/core/test.h"
#include "tests/core/threads.h"

/* ---- 64 threads and readers ---- */

enum { THREADS = 64, READERS = 2, CHURN_ROUNDS = ZM_SLOW ? 2000 : 10000 };

/* What they can hold at once, and what the peak may be off by. */
#define MOST (ZM_CHURN_MOST + (2 * (size_t)ZM_CHURN_LARGEST + ZMALLOC_PEAK_SLACK) * THREADS)

static atomic_bool churning;
static const char *_Atomic complaint; /* of a reader; asserts are for the main thread */
static atomic_uint readings;

static void must(bool so, const char *what)
{
    if (!so)
        atomic_store(&complaint, what);
}

static void churn(void *arg, unsigned number)
{
    (void)arg;
    zm_churn(number + 1, CHURN_ROUNDS);
}

static void read_on(void *arg, unsigned number)
{
    (void)number;
    struct zmalloc_stats before = *(struct zmalloc_stats *)arg;
    size_t start = before.used_bytes;
    while (atomic_load(&churning)) {
        struct zmalloc_stats now = {.struct_size = sizeof now};
        zmalloc_get_stats(&now);
        must(now.allocated_bytes >= before.allocated_bytes, "allocated went back");
        must(now.freed_bytes >= before.freed_bytes, "freed went back");
        must(now.allocs >= before.allocs, "allocs went back");
        must(now.frees >= before.frees, "frees went back");
        must(now.peak_bytes >= before.peak_bytes, "peak went back");
        must(now.allocated_bytes >= now.freed_bytes, "more freed than allocated");
        must(now.allocs >= now.frees, "more frees than allocs");
        must(now.used_bytes == now.allocated_bytes - now.freed_bytes, "used is no difference");
        must(now.peak_bytes >= now.used_bytes, "peak below used");
        must(zmalloc_used_memory() <= zmalloc_get_peak_memory(), "peak below a used told before");
        must(now.used_bytes <= start + MOST, "used beyond what was ever there");
        before = now;
        atomic_fetch_add_explicit(&readings, 1, memory_order_relaxed);
    }
}

static void sums_are_exact_at_rest(void **state)
{
    (void)state;
    struct zmalloc_stats before = zm_account_now();
    atomic_store(&churning, true);
    atomic_store(&complaint, NULL);
    struct zm_crew *readers = zm_crew_start(READERS, read_on, &before);
    while (!atomic_load(&readings)) /* a busy machine may not let them begin before all is over */
        sched_yield();
    zm_crew_join(zm_crew_start(THREADS, churn, NULL));
    atomic_store(&churning, false);
    zm_crew_join(readers);
    if (atomic_load(&complaint))
        fail_msg("in one of %u readings: %s", atomic_load(&readings), atomic_load(&complaint));
    assert_true(atomic_load(&readings) > 0);
    assert_int_equal(zmalloc_used_memory() - before.used_bytes, zm_churn_held());
    zm_churn_end();
    struct zmalloc_stats after = zm_account_now();
    assert_int_equal(after.used_bytes, before.used_bytes);
    assert_int_equal(after.allocs - after.frees, before.allocs - before.frees);
    assert_true(after.allocs - before.allocs >= THREADS * CHURN_ROUNDS);
    assert_int_equal(after.threads, before.threads);
    assert_true(after.peak_bytes <= before.used_bytes + MOST);
}

/* ---- more threads than the first chunk of slots has ---- */

enum { CROWD = 300 };

static pthread_barrier_t all_hold, all_seen;

static void hold(void *arg, unsigned number)
{
    void **blocks = arg;
    blocks[number] = zmalloc(100 + number);
    pthread_barrier_wait(&all_hold);
    pthread_barrier_wait(&all_seen);
    zfree(blocks[(number + 1) % CROWD]);
}

static void crowds_are_counted(void **state)
{
    (void)state;
    void *blocks[CROWD];
    size_t held = 0;
    struct zmalloc_stats before = zm_account_now();
    for (int round = 0; round < 2; round++) {
        pthread_barrier_init(&all_hold, NULL, CROWD + 1);
        pthread_barrier_init(&all_seen, NULL, CROWD + 1);
        struct zm_crew *crew = zm_crew_start(CROWD, hold, blocks);
        pthread_barrier_wait(&all_hold);
        struct zmalloc_stats now = zm_account_now();
        held = 0;
        for (size_t i = 0; i < CROWD; i++)
            held += zmalloc_size(blocks[i]);
        pthread_barrier_wait(&all_seen);
        zm_crew_join(crew);
        assert_int_equal(now.used_bytes - before.used_bytes, held);
        assert_int_equal(now.allocs - now.frees - (before.allocs - before.frees), CROWD);
        assert_true(now.threads >= CROWD && now.threads <= CROWD + 1);
        assert_int_equal(zmalloc_used_memory(), before.used_bytes);
        assert_int_equal(zm_account_now().threads, before.threads);
        pthread_barrier_destroy(&all_hold);
        pthread_barrier_destroy(&all_seen);
    }
}

/* ---- many short threads ---- */

enum { AT_ONCE = 16, GENERATIONS = ZM_SLOW ? 100 : 625 };

static struct zm_slot *slots[AT_ONCE];
static void *left[AT_ONCE];

static void live_shortly(void *arg, unsigned number)
{
    size_t generation = *(size_t *)arg;
    void *own = zmalloc(1 + (generation + number) % 500);
    zfree(left[(number + 1) % AT_ONCE]); /* from the generation before */
    pthread_barrier_wait(&all_hold);
    left[number] = zcalloc(1 + generation % 300);
    slots[number] = zm_me;
    zfree(own);
}

static void slots_are_used_again(void **state)
{
    (void)state;
    struct zm_slot *seen[4 * AT_ONCE];
    size_t count = 0;
    struct zmalloc_stats before = zm_account_now();
    pthread_barrier_init(&all_hold, NULL, AT_ONCE);
    for (size_t generation = 0; generation < GENERATIONS; generation++) {
        zm_crew_join(zm_crew_start(AT_ONCE, live_shortly, &generation));
        assert_int_equal(zm_account_now().threads, before.threads);
        for (size_t i = 0; i < AT_ONCE; i++) {
            size_t j = 0;
            while (j < count && seen[j] != slots[i])
                j++;
            if (j == count && count < ZM_COUNT_OF(seen))
                seen[count++] = slots[i];
        }
    }
    pthread_barrier_destroy(&all_hold);
    assert_int_equal(count, AT_ONCE);
    for (size_t i = 0; i < AT_ONCE; i++)
        zfree(left[i]);
    struct zmalloc_stats after = zm_account_now();
    assert_int_equal(after.used_bytes, before.used_bytes);
    assert_int_equal(after.allocs - before.allocs, 2 * AT_ONCE * GENERATIONS);
    assert_int_equal(after.frees - before.frees, 2 * AT_ONCE * GENERATIONS);
}

int zm_account_threads(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sums_are_exact_at_rest),
        cmocka_unit_test(crowds_are_counted),
        cmocka_unit_test(slots_are_used_again),
    };
    return cmocka_run_group_tests_name("threads", tests, NULL, NULL);
}
