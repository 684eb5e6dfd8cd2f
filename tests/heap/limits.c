/* Parents and limits of heaps.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "heap.h"

static void parents_have_the_sums(void **state)
{
    (void)state;
    zmalloc_heap *top = zmalloc_heap_create(OPTIONS(.name = "top"));
    zmalloc_heap *left = zmalloc_heap_create(OPTIONS(.name = "left", .parent = top));
    zmalloc_heap *leaf = zmalloc_heap_create(OPTIONS(.name = "leaf", .parent = left));
    zmalloc_heap *right =
        zmalloc_heap_create(OPTIONS(.name = "right", .parent = top, .backend = "libc"));
    void *a = zmalloc_heap_malloc(top, 1000), *b = zmalloc_heap_malloc(left, 2000);
    void *c = zmalloc_heap_malloc(leaf, 3000), *d = zmalloc_heap_malloc(right, 4000);
    size_t in_leaf = zmalloc_size(c), in_left = in_leaf + zmalloc_size(b);
    assert_int_equal(usage_of(leaf).used_bytes, in_leaf);
    assert_int_equal(usage_of(left).used_bytes, in_left);
    assert_int_equal(usage_of(top).used_bytes, in_left + zmalloc_size(a) + zmalloc_size(d));
    assert_int_equal(usage_of(top).children, 2);
    assert_int_equal(usage_of(left).children, 1);
    size_t peak = usage_of(top).used_bytes, remain = 0;
    zfree(d);
    assert_int_equal(zmalloc_heap_destroy(top, &remain), -EBUSY);
    assert_int_equal(remain, in_left + zmalloc_size(a));
    zfree(c);
    zfree(b);
    zfree(a);
    assert_int_equal(usage_of(top).used_bytes, 0);
    assert_int_equal(usage_of(top).peak_bytes, peak);
    assert_int_equal(usage_of(top).allocs, 4);
    assert_int_equal(zmalloc_heap_destroy(top, &remain), -EBUSY); /* children */
    assert_int_equal(remain, 0);
    assert_int_equal(zmalloc_heap_destroy(leaf, NULL), 0);
    assert_int_equal(zmalloc_heap_destroy(left, NULL), 0);
    assert_int_equal(zmalloc_heap_destroy(right, NULL), 0);
    assert_int_equal(usage_of(top).allocs, 4); /* what was in them still counts */
    assert_int_equal(zmalloc_heap_destroy(top, NULL), 0);
}

static void hard_limits_hold(void **state)
{
    (void)state;
    const size_t limit = 100000;
    zmalloc_heap *top = zmalloc_heap_create(OPTIONS(.name = "top", .hard_limit = limit));
    zmalloc_heap *child = zmalloc_heap_create(OPTIONS(.name = "child", .parent = top));
    void *blocks[5000];
    size_t count = 0;
    errno = 0;
    while (count < ZM_COUNT_OF(blocks) &&
           (blocks[count] = zmalloc_heap_malloc(count % 2 ? top : child, 90 + count % 50)))
        count++;
    assert_int_equal(errno, ENOMEM);
    assert_true(count > 500 && count < ZM_COUNT_OF(blocks));
    size_t used = usage_of(top).used_bytes;
    assert_true(used <= limit && used > limit - 200);
    assert_int_equal(usage_of(top).refused, 1);
    assert_null(ztryrealloc(blocks[0], 1000));
    assert_int_equal(usage_of(top).used_bytes, used);
    assert_null(zmalloc_heap_calloc(child, 1, limit * 2));
    assert_null(zmalloc_heap_aligned_alloc(child, 64, limit * 2));
    assert_int_equal(usage_of(top).refused, 4);
    void *plain = zmalloc(limit * 2); /* no heap's limit */
    assert_null(zmalloc_heap_realloc(child, plain, 2 * limit));
    zfree(plain);
    while (count)
        zfree(blocks[--count]);
    assert_int_equal(usage_of(top).used_bytes, 0);
    /* Nothing of it is still charged. Two round such a block up by more than the rest. */
    bool rounds = zm_wanted_is("rpmalloc") || zm_wanted_is("snmalloc");
    void *most = zmalloc_heap_malloc(child, rounds ? limit / 5 * 3 : limit - 8192);
    assert_non_null(most);
    zfree(most);
    assert_int_equal(zmalloc_heap_destroy(child, NULL), 0);
    assert_int_equal(zmalloc_heap_destroy(top, NULL), 0);
}

struct cache {
    zmalloc_heap *heap;
    void *blocks[100];
    size_t count, asked;
};

static size_t evict(size_t wanted, void *arg)
{
    struct cache *cache = arg;
    size_t freed = 0;
    cache->asked++;
    void *own = zmalloc_heap_malloc(cache->heap, 100); /* which asks nobody again */
    zfree(own);
    while (cache->count && freed < wanted) {
        freed += zmalloc_size(cache->blocks[--cache->count]);
        zfree(cache->blocks[cache->count]);
    }
    return freed;
}

static void limits_ask_for_room(void **state)
{
    (void)state;
    struct cache cache = {.count = 0};
    cache.heap = zmalloc_heap_create(OPTIONS(.name = "cache", .soft_limit = 40000,
                                             .hard_limit = 50000, .reclaim = evict, .arg = &cache));
    for (int i = 0; i < 30; i++) {
        cache.blocks[cache.count] = zmalloc_heap_malloc(cache.heap, 1000);
        assert_non_null(cache.blocks[cache.count++]);
    }
    assert_int_equal(cache.asked, 0);
    for (int i = 0; i < 300; i++) {
        void *block = zmalloc_heap_malloc(cache.heap, 1000);
        assert_non_null(block);
        cache.blocks[cache.count++] = block;
        assert_true(usage_of(cache.heap).used_bytes <= 41000);
    }
    assert_true(cache.asked >= 290);
    assert_int_equal(usage_of(cache.heap).reclaims, cache.asked);
    assert_int_equal(usage_of(cache.heap).refused, 0);
    errno = 0;
    assert_null(zmalloc_heap_malloc(cache.heap, 60000)); /* more than there can be */
    assert_int_equal(errno, ENOMEM);
    void *large = zmalloc_heap_malloc(cache.heap, 40000); /* takes most of what is there */
    assert_non_null(large);
    zfree(large);
    evict(SIZE_MAX, &cache);
    assert_int_equal(zmalloc_heap_destroy(cache.heap, NULL), 0);
}

static void limits_can_be_changed(void **state)
{
    (void)state;
    struct cache cache = {.count = 0};
    cache.heap = zmalloc_heap_create(
        OPTIONS(.name = "cache", .hard_limit = UINT64_MAX, .reclaim = evict, .arg = &cache));
    zmalloc_heap *child = zmalloc_heap_create(OPTIONS(.name = "child", .parent = cache.heap));
    while (cache.count < 50)
        cache.blocks[cache.count++] = zmalloc_heap_malloc(child, 1000);
    assert_int_equal(cache.asked, 0);
    size_t used = usage_of(cache.heap).used_bytes;
    assert_int_equal(zmalloc_heap_set_limits(cache.heap, 0, used / 2), 0);
    assert_int_equal(usage_of(cache.heap).hard_limit, used / 2);
    assert_int_equal(usage_of(cache.heap).used_bytes, used); /* nothing is freed by itself */
    void *block = zmalloc_heap_malloc(child, 1000);
    assert_non_null(block);
    assert_true(cache.asked && usage_of(cache.heap).used_bytes <= used / 2);
    assert_null(zmalloc_heap_malloc(child, used));
    size_t asked = cache.asked;
    assert_int_equal(zmalloc_heap_set_limits(cache.heap, 0, 0), 0);
    void *large = zmalloc_heap_malloc(child, used * 4);
    assert_non_null(large);
    assert_int_equal(cache.asked, asked);
    assert_int_equal(zmalloc_heap_set_limits(cache.heap, 1, 0), 0); /* softly */
    zfree(zmalloc_heap_malloc(child, 100));
    assert_int_equal(cache.asked, asked + 1);
    assert_int_equal(zmalloc_heap_set_limits(cache.heap, 2, 1), -EINVAL);
    assert_int_equal(zmalloc_heap_set_limits(NULL, 0, 1), -EINVAL);
    assert_int_equal(zmalloc_heap_set_limits(child, 0, 1), -ENOTSUP);
    assert_int_equal(usage_of(cache.heap).soft_limit, 1);
    zfree(large);
    zfree(block);
    evict(SIZE_MAX, &cache);
    assert_int_equal(zmalloc_heap_destroy(child, NULL), 0);
    assert_int_equal(zmalloc_heap_destroy(cache.heap, NULL), 0);
}

static void the_process_limit_counts_too(void **state)
{
    (void)state;
    zmalloc_heap *heaps[MOST];
    size_t count = make_all(heaps);
    for (size_t i = 0; i < count; i++) {
        void *blocks[64];
        size_t made = 0, hard = zmalloc_used_memory() + 4 * ZM_MIB;
        struct zmalloc_limit limit = {.struct_size = sizeof limit, .hard = hard};
        assert_int_equal(zmalloc_set_limit(&limit), 0);
        while (made < 64 && (blocks[made] = zmalloc_heap_malloc(heaps[i], ZM_MIB / 4)))
            made++;
        assert_in_range(made, 12, 16);
        assert_true(zmalloc_used_memory() <= hard + ZM_MIB / 4);
        void *resized = ztryrealloc(blocks[0], 8 * ZM_MIB);
        assert_null(resized);
        while (made)
            zfree(blocks[--made]);
        assert_int_equal(zmalloc_set_limit(NULL), 0);
    }
    end_all(heaps, count);
}

int test_limits(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parents_have_the_sums),        cmocka_unit_test(hard_limits_hold),
        cmocka_unit_test(limits_ask_for_room),          cmocka_unit_test(limits_can_be_changed),
        cmocka_unit_test(the_process_limit_counts_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
