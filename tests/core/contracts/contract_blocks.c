/* Blocks: their size, alignment, usable bytes, neighbours, zeroes.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>
#include <string.h>
#include <zmalloc.h>

#include "contract.h"
#include "tests/core/test.h"
#include "tests/core/ways.h"

#define LARGEST (ZM_SANITIZER ? ZM_MIB : 8 * ZM_MIB)
#define DENSE   (ZM_SANITIZER ? 1024 : 4096)

static bool aligned(const void *ptr, size_t align)
{
    return (uintptr_t)ptr % align == 0;
}

/* All usable bytes of small blocks, and of `thorough` ones; else both ends. */
static void check_writable(char *ptr, size_t usable, bool thorough)
{
    size_t end = thorough || usable <= 65536 ? usable : 4096;
    zm_fill(ptr, end, 1);
    zm_fill(ptr + usable - end, end, 2);
    assert_true(zm_is_filled(ptr + usable - end, end, 2));
}

/* One block from birth to death: every function says the same of it. */
static void check_block(const struct zm_way *way, size_t size, bool thorough)
{
    size_t before = zmalloc_used_memory(), usable = 0, released = 0;
    char *ptr = way->get(size, &usable);
    assert_non_null(ptr);
    assert_true(aligned(ptr, zm_promised_align()));
    assert_true(usable >= size);
    assert_int_equal(zmalloc_size(ptr), usable);
    assert_int_equal(zmalloc_usable_size(ptr), usable);
    assert_int_equal(zmalloc_used_memory() - before, usable);
    if (way->zeroed)
        assert_true(zm_is_zero(ptr, size));
    check_writable(ptr, usable, thorough);
    zfree_usable(ptr, &released);
    assert_int_equal(released, usable);
    assert_int_equal(zmalloc_used_memory(), before);
}

static void check_size(size_t size)
{
    for (size_t i = 0; i < zm_way_count; i++)
        check_block(&zm_ways[i], size, i == 0);
}

static void every_small_size(void **state)
{
    (void)state;
    for (size_t size = 0; size <= DENSE; size++)
        check_size(size);
}

/* Allocators cut their classes at four or eight steps to the power of two. */
static void borders_of_size_classes(void **state)
{
    (void)state;
    for (size_t power = DENSE; power < LARGEST; power *= 2)
        for (size_t border = power; border < 2 * power; border += power / 4) {
            check_size(border - 1);
            check_size(border);
            check_size(border + 1);
        }
    check_size(LARGEST);
}

static void sizes_between(void **state)
{
    (void)state;
    uint64_t random = 1;
    for (size_t size = DENSE; size < LARGEST; size += size / 8 + zm_random(&random) % 64)
        check_size(size);
}

/* ---- alignment ---- */

static void check_aligned(size_t align, size_t size)
{
    size_t before = zmalloc_used_memory(), usable, released;
    char *plain = zaligned_alloc(align, size), *tried = ztryaligned_alloc(align, size);
    char *told = zaligned_alloc_usable(align, size, &usable);
    char *both = ztryaligned_alloc_usable(align, size, NULL);
    char *all[] = {plain, tried, told, both};
    size_t total = 0;
    for (unsigned i = 0; i < ZM_COUNT_OF(all); i++) {
        assert_non_null(all[i]);
        assert_true(aligned(all[i], align) && aligned(all[i], zm_promised_align()));
        assert_true(zmalloc_size(all[i]) >= size);
        total += zmalloc_size(all[i]);
        zm_fill(all[i], zmalloc_size(all[i]), i);
    }
    assert_int_equal(zmalloc_size(told), usable);
    assert_int_equal(zmalloc_used_memory() - before, total);
    for (unsigned i = 0; i < ZM_COUNT_OF(all); i++)
        assert_true(zm_is_filled(all[i], zmalloc_size(all[i]), i));
    zfree(plain);
    zfree(tried);
    zfree_usable(told, &released);
    assert_int_equal(released, usable);
    size_t now = zmalloc_size(both);
    both = zrealloc(both, now + 1000);
    assert_true(zm_is_filled(both, now, 3));
    both = zrealloc(both, size / 2 + 1);
    assert_true(zm_is_filled(both, size / 2 + 1 < now ? size / 2 + 1 : now, 3));
    zfree(both);
    assert_int_equal(zmalloc_used_memory(), before);
}

static void every_alignment(void **state)
{
    (void)state;
    for (size_t align = 1; align <= ZM_MIB; align *= 2) {
        const size_t sizes[] = {0,         1,         8,         100,          align - 1,
                                align + 1, 2 * align, 3 * align, align + 5000, 40000};
        for (size_t i = 0; i < ZM_COUNT_OF(sizes); i++)
            check_aligned(align, sizes[i]);
    }
}

enum { LINE = 64 };

static bool share_line(const char *a, size_t a_size, const char *b, size_t b_size)
{
    return (uintptr_t)a / LINE <= (uintptr_t)(b + b_size - 1) / LINE &&
           (uintptr_t)b / LINE <= (uintptr_t)(a + a_size - 1) / LINE;
}

/* Ordinary blocks between and in the places of freed ones stay off the lines of the others. */
static void cache_aligned_blocks_share_no_line(void **state)
{
    (void)state;
    enum { BLOCKS = 200 };
    char *blocks[BLOCKS], *ordinary[BLOCKS];
    for (size_t size = 0; size < 200; size += 7) {
        for (size_t i = 0; i < BLOCKS; i++) {
            blocks[i] = zmalloc_cache_aligned(size);
            ordinary[i] = zmalloc(8 + i % 100);
            assert_true(aligned(blocks[i], LINE));
            assert_true(zmalloc_size(blocks[i]) >= LINE && zmalloc_size(blocks[i]) >= size);
        }
        for (size_t i = 1; i < BLOCKS; i += 2) {
            zfree(blocks[i]);
            blocks[i] = NULL;
        }
        for (size_t i = 0; i < BLOCKS; i += 2)
            ordinary[i] = zrealloc(ordinary[i], 8);
        for (size_t i = 0; i < BLOCKS; i += 2)
            for (size_t j = 0; j < BLOCKS; j++)
                assert_false(share_line(blocks[i], size + !size, ordinary[j], 8));
        for (size_t i = 0; i < BLOCKS; i++) {
            zfree(blocks[i]);
            zfree(ordinary[i]);
        }
    }
}

/* ---- many at once ---- */

enum { CROWD = 1500, ROUNDS = ZM_SANITIZER ? 10000 : 30000 };

/* Live blocks of all sizes do not overlap: each keeps its pattern in all of its usable bytes. */
static void neighbours_stay_intact(void **state)
{
    (void)state;
    static struct {
        char *ptr;
        size_t usable;
    } crowd[CROWD];
    uint64_t random = 2;
    size_t before = zmalloc_used_memory(), live = 0;
    for (unsigned round = 0; round < ROUNDS; round++) {
        unsigned i = (unsigned)(zm_random(&random) % CROWD);
        const struct zm_way *way = &zm_ways[zm_random(&random) % zm_way_count];
        unsigned magnitude = zm_random(&random) % 200 ? 11 : 18;
        size_t size = zm_random(&random) % ((size_t)1 << magnitude);
        live -= crowd[i].usable;
        if (crowd[i].ptr)
            assert_true(zm_is_filled(crowd[i].ptr, crowd[i].usable, i));
        if (crowd[i].ptr && zm_random(&random) % 3 == 0) {
            size_t kept = crowd[i].usable < size + 1 ? crowd[i].usable : size + 1;
            crowd[i].ptr = zrealloc_usable(crowd[i].ptr, size + 1, &crowd[i].usable);
            assert_true(zm_is_filled(crowd[i].ptr, kept, i));
        } else {
            zfree(crowd[i].ptr);
            crowd[i].ptr = way->get(size, &crowd[i].usable);
        }
        zm_fill(crowd[i].ptr, crowd[i].usable, i);
        live += crowd[i].usable;
        assert_int_equal(zmalloc_used_memory() - before, live);
    }
    for (unsigned i = 0; i < CROWD; i++) {
        assert_true(zm_is_filled(crowd[i].ptr, crowd[i].usable, i));
        zfree(crowd[i].ptr);
    }
    assert_int_equal(zmalloc_used_memory(), before);
}

static void no_two_blocks_are_one(void **state)
{
    (void)state;
    enum { BLOCKS = 100 };
    for (size_t i = 0; i < zm_way_count; i++) {
        void *blocks[BLOCKS];
        size_t usable;
        for (size_t j = 0; j < BLOCKS; j++) {
            blocks[j] = zm_ways[i].get(0, &usable);
            assert_non_null(blocks[j]);
            for (size_t k = 0; k < j; k++)
                assert_ptr_not_equal(blocks[j], blocks[k]);
        }
        for (size_t j = 0; j < BLOCKS; j++)
            zfree(blocks[j]);
    }
}

/* Memory that was written, freed and is handed out again. */
static void recycled_memory_is_zeroed(void **state)
{
    (void)state;
    static const size_t sizes[] = {1,    8,     24,    100,    512,        1000,      4096,
                                   9000, 20000, 70000, 200000, ZM_MIB + 1, 3 * ZM_MIB};
    enum { BLOCKS = 8 };
    for (size_t s = 0; s < ZM_COUNT_OF(sizes); s++)
        for (unsigned round = 0; round < (sizes[s] > 100000 ? 4U : 24U); round++)
            for (size_t w = 0; w < zm_way_count; w++) {
                char *blocks[BLOCKS];
                size_t usable;
                if (!zm_ways[w].zeroed)
                    continue;
                for (size_t i = 0; i < BLOCKS; i++) {
                    blocks[i] = zmalloc_usable(sizes[s], &usable);
                    memset(blocks[i], 0xff, usable);
                }
                for (size_t i = 0; i < BLOCKS; i++)
                    zfree(blocks[i]);
                for (size_t i = 0; i < BLOCKS; i++) {
                    blocks[i] = zm_ways[w].get(sizes[s], &usable);
                    assert_true(zm_is_zero(blocks[i], sizes[s]));
                }
                for (size_t i = 0; i < BLOCKS; i++)
                    zfree(blocks[i]);
            }
}

int zm_contract_blocks(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_small_size),
        cmocka_unit_test(borders_of_size_classes),
        cmocka_unit_test(sizes_between),
        cmocka_unit_test(every_alignment),
        cmocka_unit_test(cache_aligned_blocks_share_no_line),
        cmocka_unit_test(neighbours_stay_intact),
        cmocka_unit_test(no_two_blocks_are_one),
        cmocka_unit_test(recycled_memory_is_zeroed),
    };
    return cmocka_run_group_tests_name("blocks", tests, NULL, NULL);
}
