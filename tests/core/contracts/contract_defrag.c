/* Defragmentation: what moves keeps its contents and its count, and memory comes free.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <zmalloc.h>

#include "contract.h"
#include "tests/core/test.h"
#include "tests/core/threads.h"
#include "tests/core/ways.h"

static bool can(void)
{
    struct zmalloc_backend_info info;
    for (size_t i = 0; i < zmalloc_backend_count() && !zmalloc_wraps()[0]; i++) {
        info = (struct zmalloc_backend_info){.struct_size = sizeof info};
        assert_int_equal(zmalloc_backend_describe(i, &info), 0);
        if (info.is_running)
            return info.caps & ZMALLOC_CAP_DEFRAG;
    }
    return false;
}

enum { BLOCKS = 80000 };

static size_t size_of(size_t i)
{
    return 16 + i * 7919 % 1500;
}

/* Four fifths of the blocks are gone. */
static void fragment(void **blocks, size_t count)
{
    uint64_t seed = 5;
    for (size_t i = 0; i < count; i++) {
        blocks[i] = zmalloc(size_of(i));
        zm_fill(blocks[i], size_of(i), (unsigned)i);
    }
    for (size_t i = 0; i < count; i++)
        if (zm_random(&seed) % 5) {
            zfree(blocks[i]);
            blocks[i] = NULL;
        }
}

static size_t defragment(void **blocks, size_t count)
{
    size_t moved = 0;
    for (size_t i = 0; i < count; i++) {
        void *fresh = blocks[i] ? zdefrag(blocks[i]) : NULL;
        if (fresh) {
            blocks[i] = fresh;
            moved++;
        }
    }
    return moved;
}

static bool intact(void *const *blocks, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (blocks[i] && !zm_is_filled(blocks[i], size_of(i), (unsigned)i))
            return false;
    return true;
}

static void end(void **blocks, size_t count)
{
    for (size_t i = 0; i < count; i++)
        zfree(blocks[i]);
}

static size_t live(void *const *blocks, size_t count)
{
    size_t sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += blocks[i] != NULL;
    return sum;
}

static void it_makes_room(void **state)
{
    (void)state;
    static void *blocks[BLOCKS];
    size_t before = zmalloc_used_memory();
    fragment(blocks, BLOCKS);
    size_t used = zmalloc_used_memory(), total = live(blocks, BLOCKS);
    zmalloc_flush_thread_cache();
    zmalloc_purge();
    size_t rss = zmalloc_get_rss();
    size_t first = defragment(blocks, BLOCKS), second = defragment(blocks, BLOCKS);
    assert_true(intact(blocks, BLOCKS));
    assert_int_equal(zmalloc_used_memory(), used);
    assert_true(second <= first && first <= total);
    if (can()) {
        assert_true(first > total / 5 && second < total / 2);
        zmalloc_flush_thread_cache();
        zmalloc_purge();
        /* 60 MB for 12 MB of blocks, most of which comes back. */
        assert_true(ZM_SANITIZER || zmalloc_get_rss() + 20 * ZM_MIB < rss);
    } else {
        assert_int_equal(first, 0);
    }
    end(blocks, BLOCKS);
    assert_int_equal(zmalloc_used_memory(), before);
}

/* All slabs are alike but for the last ones, which make the average a little less than theirs. */
static void even_holes_are_filled(void **state)
{
    (void)state;
    static void *blocks[BLOCKS];
    static unsigned char should[BLOCKS];
    size_t count = 0, yes = 0;
    for (size_t i = 0; i < BLOCKS; i++) {
        blocks[i] = zmalloc(640);
        zm_fill(blocks[i], 640, (unsigned)i);
    }
    for (size_t i = 0; i < BLOCKS; i++) {
        if (i % (i < BLOCKS - 640 ? 2 : 4) == 0)
            blocks[count++] = blocks[i];
        else
            zfree(blocks[i]);
    }
    zmalloc_flush_thread_cache();
    if (can()) {
        assert_int_equal(zmalloc_should_defrag_many(blocks, count, should), 0);
        for (size_t i = 0; i < count; i++)
            yes += should[i];
        assert_true(yes > count * 9 / 10);
    }
    zmalloc_purge();
    size_t rss = zmalloc_get_rss(), moved = defragment(blocks, count);
    for (size_t i = 0; i < count; i++)
        assert_true(zm_is_filled(blocks[i], 640, (unsigned)i * 2) || i >= count - 160);
    zmalloc_flush_thread_cache();
    zmalloc_purge();
    if (can()) {
        assert_true(moved > count / 4 && moved < count);
        /* 49 MiB hold 24. */
        assert_true(ZM_SANITIZER || zmalloc_get_rss() + 16 * ZM_MIB < rss);
    } else {
        assert_int_equal(moved, 0);
    }
    end(blocks, count);
}

static void hints_are_decisions(void **state)
{
    (void)state;
    static void *blocks[BLOCKS];
    static unsigned char should[BLOCKS];
    fragment(blocks, BLOCKS);
    size_t count = 0, yes = 0;
    for (size_t i = 0; i < BLOCKS; i++)
        if (blocks[i])
            blocks[count++] = blocks[i];
    memset(should, 7, sizeof should);
    int status = zmalloc_should_defrag_many(blocks, count, should);
    assert_int_equal(status, can() ? 0 : -ENOTSUP);
    for (size_t i = 0; i < count; i++) {
        struct zmalloc_defrag_hint hint = {.struct_size = sizeof hint, .room = 77};
        assert_int_equal(zmalloc_get_defrag_hint(blocks[i], &hint), status);
        int one = zmalloc_should_defrag(blocks[i]);
        if (status) {
            assert_int_equal(one, status);
            assert_int_equal(hint.room, 77);
            assert_int_equal(should[i], 7);
            continue;
        }
        assert_true(one == 0 || one == 1);
        assert_true(hint.used >= 1 && hint.used <= hint.room);
        assert_true(hint.all_used <= hint.all_room);
        if (one) {
            assert_true(hint.used < hint.room && !hint.current);
            assert_true(hint.used * hint.all_room <= hint.all_used * hint.room * 9 / 8);
        }
        yes += should[i];
        assert_true(should[i] <= 1);
    }
    if (can())
        assert_true(yes > count / 5 && yes < count);
    for (size_t i = 0; i < count; i++)
        zfree(blocks[i]);
}

static void what_lies_well_stays(void **state)
{
    (void)state;
    static void *blocks[10000];
    for (size_t i = 0; i < ZM_COUNT_OF(blocks); i++)
        blocks[i] = zmalloc(333);
    size_t moved = defragment(blocks, ZM_COUNT_OF(blocks));
    assert_true(moved < ZM_COUNT_OF(blocks) / 10);
    void *large = zmalloc(5 * ZM_MIB);
    assert_null(zdefrag(large));
    int should = zmalloc_should_defrag(large);
    assert_int_equal(should, can() ? 0 : -ENOTSUP);
    zfree(large);
    for (size_t i = 0; i < ZM_COUNT_OF(blocks); i++)
        zfree(blocks[i]);
}

static void nothing_and_bad_questions(void **state)
{
    (void)state;
    struct zmalloc_defrag_hint hint = {.struct_size = sizeof hint - 1};
    void *block = zmalloc(100);
    assert_int_equal(zmalloc_get_defrag_hint(block, &hint), -EINVAL);
    hint.struct_size++;
    assert_int_equal(zmalloc_get_defrag_hint(NULL, &hint), -EINVAL);
    assert_int_equal(zmalloc_should_defrag(NULL), 0);
    assert_int_equal(zmalloc_should_defrag_many(NULL, 0, NULL), can() ? 0 : -ENOTSUP);
    assert_null(zdefrag(NULL));
    zfree(block);
}

struct mixed {
    void *of_main[2000];
    size_t wrong;
};

static void defragment_in_a_thread(void *arg, unsigned number)
{
    struct mixed *mixed = arg;
    void **blocks = zcalloc_num(5000, sizeof *blocks);
    fragment(blocks, 5000);
    for (int round = 0; round < 3; round++)
        defragment(blocks, 5000);
    /* Another thread's: whoever can may move them, and nobody harms them. */
    if (number == 0)
        defragment(mixed->of_main, ZM_COUNT_OF(mixed->of_main));
    if (!intact(blocks, 5000))
        __atomic_fetch_add(&mixed->wrong, 1, __ATOMIC_RELAXED);
    end(blocks, 5000);
    zfree(blocks);
}

static void threads_do_it_at_once(void **state)
{
    (void)state;
    static struct mixed mixed;
    size_t used = zmalloc_used_memory();
    fragment(mixed.of_main, ZM_COUNT_OF(mixed.of_main));
    zm_crew_join(zm_crew_start(4, defragment_in_a_thread, &mixed));
    assert_int_equal(mixed.wrong, 0);
    assert_true(intact(mixed.of_main, ZM_COUNT_OF(mixed.of_main)));
    end(mixed.of_main, ZM_COUNT_OF(mixed.of_main));
    assert_int_equal(zmalloc_used_memory(), used);
}

int zm_contract_defrag(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_makes_room),
        cmocka_unit_test(even_holes_are_filled),
        cmocka_unit_test(hints_are_decisions),
        cmocka_unit_test(what_lies_well_stays),
        cmocka_unit_test(nothing_and_bad_questions),
        cmocka_unit_test(threads_do_it_at_once),
    };
    return cmocka_run_group_tests_name("defrag", tests, NULL, NULL);
}
