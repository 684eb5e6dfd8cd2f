/* Steering: what has its capability bit has an effect, what has not says so.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <string.h>
#include <zmalloc.h>
#ifdef __linux__
#    include <sys/prctl.h>
#endif

#include "contract.h"
#include "tests/core/test.h"
#include "tests/core/threads.h"

static uint32_t caps(void)
{
    struct zmalloc_backend_info info;
    for (size_t i = 0; i < zmalloc_backend_count(); i++) {
        info = (struct zmalloc_backend_info){.struct_size = sizeof info};
        assert_int_equal(zmalloc_backend_describe(i, &info), 0);
        if (info.is_running)
            return info.caps;
    }
    fail_msg("no backend is running");
    return 0;
}

static bool can(uint32_t cap)
{
    return caps() & cap;
}

/* 0 where it can, else that it can't. */
static int expected(uint32_t cap)
{
    return can(cap) ? 0 : -ENOTSUP;
}

static struct zmalloc_allocator_info arena_now(uint32_t arena)
{
    struct zmalloc_allocator_info a = {.struct_size = sizeof a};
    assert_int_equal(zmalloc_arena_info(arena, 1, &a), 0);
    return a;
}

/* 32 MiB of blocks, all free again, but for the last. */
static void *free_memory(void)
{
    static void *blocks[8192];
    for (size_t i = 0; i < ZM_COUNT_OF(blocks); i++)
        blocks[i] = memset(zmalloc(4000), 1, 4000);
    for (size_t i = 0; i < ZM_COUNT_OF(blocks) - 1; i++)
        zfree(blocks[i]);
    return blocks[ZM_COUNT_OF(blocks) - 1];
}

static void purge_gives_memory_back(void **state)
{
    (void)state;
    if (can(ZMALLOC_CAP_DECAY)) /* or it might be back by itself */
        assert_int_equal(zmalloc_set_decay(ZMALLOC_DECAY_DIRTY, 60000), 0);
    assert_int_equal(zmalloc_purge(), expected(ZMALLOC_CAP_PURGE)); /* what was due before that */
    void *last = free_memory();
    size_t used = zmalloc_used_memory(), rss = zmalloc_get_rss();
    assert_int_equal(zmalloc_flush_thread_cache(), expected(ZMALLOC_CAP_CACHE_FLUSH));
    assert_int_equal(zmalloc_purge(), expected(ZMALLOC_CAP_PURGE));
    if (can(ZMALLOC_CAP_PURGE))
        assert_true(ZM_SANITIZER || zmalloc_get_rss() + 24 * ZM_MIB < rss);
    assert_int_equal(jemalloc_purge(), can(ZMALLOC_CAP_PURGE) ? 0 : -1);
    assert_int_equal(zmalloc_used_memory(), used);
    zfree(last);
}

/* Those that the thread does not allocate from now are purged too. */
static void purge_is_of_every_arena(void **state)
{
    (void)state;
    uint32_t mine = 0, home = 0;
    if (!can(ZMALLOC_CAP_ARENAS) || !can(ZMALLOC_CAP_PURGE) || ZM_SANITIZER)
        return;
    assert_int_equal(zmalloc_arena_create(&mine), 0);
    assert_int_equal(zmalloc_arena_assigned(&home), 0);
    assert_int_equal(zmalloc_set_decay(ZMALLOC_DECAY_DIRTY, 60000), 0);
    void *last = free_memory();
    size_t rss = zmalloc_get_rss();
    assert_int_equal(zmalloc_arena_assign(mine), 0);
    assert_int_equal(zmalloc_purge(), 0);
    assert_true(zmalloc_get_rss() + 24 * ZM_MIB < rss);
    assert_int_equal(zmalloc_arena_assign(home), 0);
    assert_int_equal(zmalloc_arena_destroy(mine), 0);
    zfree(last);
}

static void flush_empties_the_cache(void **state)
{
    (void)state;
    struct zmalloc_allocator_info a = {.struct_size = sizeof a};
    void *blocks[500];
    for (size_t i = 0; i < ZM_COUNT_OF(blocks); i++)
        blocks[i] = zmalloc(200);
    for (size_t i = 0; i < ZM_COUNT_OF(blocks); i++)
        zfree(blocks[i]);
    zmalloc_allocator_info(1, &a);
    uint64_t before = a.thread_cache;
    assert_int_equal(zmalloc_flush_thread_cache(), expected(ZMALLOC_CAP_CACHE_FLUSH));
    zmalloc_allocator_info(1, &a);
    if (can(ZMALLOC_CAP_CACHE_FLUSH) && a.has & ZMALLOC_ALLOCATOR_THREAD_CACHE)
        assert_true(before >= 200 && a.thread_cache < before / 10);
    zfree(zmalloc(200)); /* and goes on */
}

static void background_purge_goes_on_and_off(void **state)
{
    (void)state;
    int on = 77;
    int can_it = expected(ZMALLOC_CAP_BACKGROUND_PURGE);
    assert_int_equal(zmalloc_get_background_purge(&on), can_it);
    if (can_it) {
        assert_int_equal(zmalloc_set_background_purge(1), can_it);
        assert_int_equal(on, 77);
        set_jemalloc_bg_thread(1);
        return;
    }
    assert_int_equal(on, 0);
    assert_int_equal(zmalloc_set_background_purge(1), 0);
    assert_int_equal(zmalloc_get_background_purge(&on), 0);
    assert_int_equal(on, 1);
    set_jemalloc_bg_thread(0);
    assert_int_equal(zmalloc_get_background_purge(&on), 0);
    assert_int_equal(on, 0);
}

static void decay_is_kept(void **state)
{
    (void)state;
    int64_t was = 77, now = 77;
    int can_it = expected(ZMALLOC_CAP_DECAY);
    assert_int_equal(zmalloc_set_decay(0, 10), -EINVAL);
    assert_int_equal(zmalloc_set_decay(ZMALLOC_DECAY_DIRTY, -2), -EINVAL);
    assert_int_equal(zmalloc_get_decay(3, &now), -EINVAL);
    assert_int_equal(zmalloc_get_decay(ZMALLOC_DECAY_DIRTY, &was), can_it);
    const int64_t values[] = {0, 1234, -1};
    for (size_t i = 0; i < ZM_COUNT_OF(values); i++) {
        assert_int_equal(zmalloc_set_decay(ZMALLOC_DECAY_DIRTY, values[i]), can_it);
        assert_int_equal(zmalloc_get_decay(ZMALLOC_DECAY_DIRTY, &now), can_it);
        assert_int_equal(now, can_it ? 77 : values[i]);
    }
    if (can_it)
        return;
    assert_int_equal(zmalloc_set_decay(ZMALLOC_DECAY_DIRTY, INT64_MAX), -EINVAL);
    int muzzy = zmalloc_set_decay(ZMALLOC_DECAY_MUZZY, 4321);
    assert_int_equal(muzzy, zm_wanted_is("jemalloc") ? 0 : -ENOTSUP);
    assert_int_equal(zmalloc_get_decay(ZMALLOC_DECAY_MUZZY, &now), muzzy);
    assert_int_equal(now, muzzy ? -1 : 4321);

    /* At once: what is free does not stay. */
    assert_int_equal(zmalloc_set_decay(ZMALLOC_DECAY_DIRTY, 0), 0);
    zmalloc_set_decay(ZMALLOC_DECAY_MUZZY, 0);
    size_t rss = zmalloc_get_rss();
    void *last = free_memory();
    zmalloc_flush_thread_cache();
    assert_true(ZM_SANITIZER || zmalloc_get_rss() < rss + 16 * ZM_MIB); /* whose shadow stays */
    zfree(last);
    assert_int_equal(zmalloc_set_decay(ZMALLOC_DECAY_DIRTY, was), 0);
}

static void arenas_hold_what_was_asked_of_them(void **state)
{
    (void)state;
    uint32_t mine = 77, home = 77, now = 77;
    int can_it = expected(ZMALLOC_CAP_ARENAS);
    assert_int_equal(zmalloc_arena_create(&mine), can_it);
    assert_int_equal(zmalloc_arena_assigned(&home), can_it);
    assert_int_equal(zmalloc_arena_assign(can_it ? 0 : mine), can_it);
    if (can_it) {
        assert_int_equal(zmalloc_arena_destroy(0), can_it);
        assert_int_equal(mine + home, 2 * 77);
        return;
    }
    assert_int_equal(zmalloc_arena_assigned(&now), 0);
    assert_int_equal(now, mine);
    assert_true(home != mine);

    size_t used = zmalloc_used_memory(), bytes = 0, usable;
    char *blocks[1000];
    for (size_t i = 0; i < ZM_COUNT_OF(blocks); i++) {
        blocks[i] = memset(zmalloc_usable(1 + i * 13, &usable), (int)i, 1 + i * 13);
        bytes += usable;
    }
    assert_int_equal(arena_now(mine).allocated - arena_now(mine).thread_cache, bytes);
    assert_int_equal(zmalloc_used_memory(), used + bytes);

    assert_int_equal(zmalloc_arena_assign(home), 0);
    void *elsewhere = zmalloc(100);
    assert_int_equal(arena_now(mine).allocated - arena_now(mine).thread_cache, bytes);
    int destroyed = zmalloc_arena_destroy(mine);
    assert_int_equal(destroyed, can(ZMALLOC_CAP_THREAD_ARENAS) ? 0 : -EBUSY);
    for (size_t i = 0; i < ZM_COUNT_OF(blocks); i++) {
        assert_int_equal((unsigned char)blocks[i][i * 13], i & 255);
        zfree(blocks[i]);
    }
    zfree(elsewhere);
    assert_int_equal(zmalloc_used_memory(), used);
    if (destroyed)
        assert_int_equal(zmalloc_arena_destroy(mine), 0);
    struct zmalloc_allocator_info a = {.struct_size = sizeof a};
    assert_int_equal(zmalloc_arena_info(mine, 1, &a), -ENODATA);
    assert_int_equal(zmalloc_arena_destroy(mine), -EINVAL);
    assert_int_equal(zmalloc_arena_assign(mine), -EINVAL);
    assert_int_equal(zmalloc_arena_assign(4000000000), -EINVAL);
    assert_int_equal(zmalloc_arena_destroy(home), -EINVAL);
}

static _Atomic uint32_t arena_of_main;

static void in_a_thread(void *arg, unsigned number)
{
    (void)number;
    uint32_t own = 0;
    int *failures = arg;
    bool bound = can(ZMALLOC_CAP_THREAD_ARENAS);
    if (bound && zmalloc_arena_assign(arena_of_main) != -EINVAL)
        ++*failures;
    if (zmalloc_arena_create(&own) != 0 || zmalloc_arena_assign(own) != 0)
        ++*failures;
    for (int i = 0; i < 1000; i++)
        zfree(zmalloc(1 + (size_t)i));
    if (bound && own != arena_of_main)
        ++*failures; /* the numbers begin anew in each thread */
}

/* The account stays exact when a thread ends with an arena of its own. */
static void arenas_of_threads(void **state)
{
    (void)state;
    uint32_t mine = 0;
    int failures = 0;
    if (!can(ZMALLOC_CAP_ARENAS))
        return;
    assert_int_equal(zmalloc_arena_create(&mine), 0);
    arena_of_main = mine;
    size_t used = zmalloc_used_memory();
    zm_crew_join(zm_crew_start(1, in_a_thread, &failures));
    assert_int_equal(failures, 0);
    assert_int_equal(zmalloc_used_memory(), used);
    assert_int_equal(zmalloc_arena_destroy(mine), 0);
}

static void arenas_run_out_with_an_error(void **state)
{
    (void)state;
    uint32_t arenas[64], count = 0;
    int status = 0;
    while (count < ZM_COUNT_OF(arenas) && (status = zmalloc_arena_create(&arenas[count])) == 0)
        count++;
    if (!can(ZMALLOC_CAP_ARENAS))
        assert_int_equal(count, 0);
    else if (can(ZMALLOC_CAP_THREAD_ARENAS))
        assert_true(count == 15 && status == -EAGAIN);
    else
        assert_int_equal(count, ZM_COUNT_OF(arenas));
    while (count-- > 0)
        assert_int_equal(zmalloc_arena_destroy(arenas[count]), 0);
}

static void advice_is_for_whole_pages(void **state)
{
    (void)state;
    size_t size;
    unsigned char *block = zmalloc_usable(3 * ZM_MIB + 777, &size);
    memset(block, 7, size);
    int64_t done = zmalloc_advise(block, ZMALLOC_ADVISE_DONTNEED);
    if (!can(ZMALLOC_CAP_ADVISE)) {
        assert_int_equal(done, -ENOTSUP);
        zfree(block);
        return;
    }
    assert_true(done > (int64_t)(3 * ZM_MIB - 2 * 65536) && done <= (int64_t)zmalloc_size(block));
    size_t zeros = 0;
    for (size_t i = 0; i < size; i++)
        zeros += block[i] == 0;
    assert_true(zeros <= (size_t)done && zeros + 65536 >= (size_t)done);
    memset(block, 8, size);
    zmadvise_dontneed(block);
    assert_int_equal(block[size / 2], 0);
    for (int advice = ZMALLOC_ADVISE_HUGEPAGE; advice <= ZMALLOC_ADVISE_DODUMP; advice++) {
        int64_t advised = zmalloc_advise(block, advice);
        assert_true(advised == done || advised == -EINVAL); /* a kernel without huge pages */
    }
    assert_int_equal(zmalloc_advise(block, 0), -EINVAL);
    assert_int_equal(zmalloc_advise(block, 77), -EINVAL);
    assert_int_equal(zmalloc_advise(NULL, ZMALLOC_ADVISE_DONTNEED), 0);
    zmadvise_dontneed(NULL);
    void *small = memset(zmalloc(100), 9, 100);
    assert_int_equal(zmalloc_advise(small, ZMALLOC_ADVISE_DONTNEED), 0);
    assert_int_equal(*(unsigned char *)small, 9);
    zfree(small);
    zfree(block);
}

static void huge_pages_of_the_process(void **state)
{
    (void)state;
#ifdef __linux__
    int was = prctl(PR_GET_THP_DISABLE, 0, 0, 0, 0);
    if (was < 0) { /* a kernel, or an emulator of one, that does not know it */
        assert_int_equal(zmalloc_set_huge_pages(0), -errno);
        return;
    }
    assert_int_equal(zmalloc_set_huge_pages(0), 0);
    assert_int_equal(prctl(PR_GET_THP_DISABLE, 0, 0, 0, 0), 1);
    assert_int_equal(zmalloc_set_huge_pages(1), 0);
    assert_int_equal(prctl(PR_GET_THP_DISABLE, 0, 0, 0, 0), 0);
    if (was > 0)
        assert_int_equal(zmalloc_set_huge_pages(0), 0);
#else
    assert_int_equal(zmalloc_set_huge_pages(0), -ENOTSUP);
#endif
}

int zm_contract_steer(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(purge_gives_memory_back),
        cmocka_unit_test(purge_is_of_every_arena),
        cmocka_unit_test(flush_empties_the_cache),
        cmocka_unit_test(background_purge_goes_on_and_off),
        cmocka_unit_test(decay_is_kept),
        cmocka_unit_test(arenas_hold_what_was_asked_of_them),
        cmocka_unit_test(arenas_of_threads),
        cmocka_unit_test(arenas_run_out_with_an_error),
        cmocka_unit_test(advice_is_for_whole_pages),
        cmocka_unit_test(huge_pages_of_the_process),
    };
    return cmocka_run_group_tests_name("steer", tests, NULL, NULL);
}
