/* Blocks of heaps: given, freed, resized, moved, and counted where they belong.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "heap.h"

static void blocks_are_counted_where_they_belong(void **state)
{
    (void)state;
    zmalloc_heap *heaps[MOST];
    void *before_any = zmalloc(100);
    size_t count = make_all(heaps), before = zmalloc_used_memory();
    for (size_t i = 0; i < count; i++) {
        for (size_t size = 0; size < 300000; size = size * 3 / 2 + 1) {
            struct zmalloc_heap_usage was = usage_of(heaps[i]);
            char *block = zmalloc_heap_malloc(heaps[i], size);
            assert_non_null(block);
            size_t usable = zmalloc_usable_size(block);
            assert_true(usable >= size && usable == zmalloc_size(block));
            memset(block, (int)i, usable);
            assert_int_equal((uintptr_t)block % 8, 0);
            assert_ptr_equal(zmalloc_heap_of(block), heaps[i]);
            struct zmalloc_heap_usage is = usage_of(heaps[i]);
            assert_int_equal(is.used_bytes, was.used_bytes + usable);
            assert_int_equal(is.allocs, was.allocs + 1);
            assert_int_equal(zmalloc_used_memory(), before + usable);
            if (size % 2)
                zfree(block);
            else
                zfree_with_size(block, usable);
            is = usage_of(heaps[i]);
            assert_int_equal(is.used_bytes, was.used_bytes);
            assert_int_equal(is.frees, was.frees + 1);
            assert_int_equal(zmalloc_used_memory(), before);
        }
    }
    void *plain = zmalloc(100);
    assert_null(zmalloc_heap_of(plain));
    assert_null(zmalloc_heap_of(before_any));
    assert_null(zmalloc_heap_of(NULL));
    zfree(plain);
    zfree(before_any);
    end_all(heaps, count);
}

static void zeroed_aligned_and_strings(void **state)
{
    (void)state;
    zmalloc_heap *heaps[MOST];
    size_t count = make_all(heaps);
    static volatile size_t many = SIZE_MAX / 2;
    for (size_t i = 0; i < count; i++) {
        char *zeros = zmalloc_heap_calloc(heaps[i], 30, 40);
        assert_non_null(zeros);
        for (size_t at = 0; at < 1200; at++)
            assert_int_equal(zeros[at], 0);
        zfree(zeros);
        for (size_t align = 1; align <= 65536; align *= 2) {
            void *block = zmalloc_heap_aligned_alloc(heaps[i], align, 100);
            assert_non_null(block);
            assert_int_equal((uintptr_t)block % align, 0);
            assert_ptr_equal(zmalloc_heap_of(block), heaps[i]);
            zfree(block);
        }
        char *copy = zmalloc_heap_strdup(heaps[i], "a string");
        assert_string_equal(copy, "a string");
        assert_ptr_equal(zmalloc_heap_of(copy), heaps[i]);
        zfree(copy);
        errno = 0;
        assert_null(zmalloc_heap_malloc(heaps[i], many + 100));
        assert_int_equal(errno, ENOMEM);
        errno = 0;
        assert_null(zmalloc_heap_calloc(heaps[i], many, 4));
        assert_int_equal(errno, ENOMEM);
        errno = 0;
        assert_null(zmalloc_heap_aligned_alloc(heaps[i], 48, 10));
        assert_int_equal(errno, EINVAL);
        assert_int_equal(usage_of(heaps[i]).used_bytes, 0);
    }
    end_all(heaps, count);
}

static void resized_blocks_stay_in_their_heap(void **state)
{
    (void)state;
    zmalloc_heap *heaps[MOST];
    size_t count = make_all(heaps), before = zmalloc_used_memory();
    static volatile size_t many = SIZE_MAX / 2;
    for (size_t i = 0; i < count; i++) {
        char *block = zmalloc_heap_malloc(heaps[i], 10);
        strcpy(block, "contents");
        for (size_t size = 10; size < 3000000; size *= 3) {
            block = zrealloc(block, size);
            assert_string_equal(block, "contents");
            assert_ptr_equal(zmalloc_heap_of(block), heaps[i]);
            assert_int_equal(usage_of(heaps[i]).used_bytes, zmalloc_size(block));
        }
        errno = 0;
        assert_null(ztryrealloc(block, many));
        assert_int_equal(errno, ENOMEM);
        assert_string_equal(block, "contents");
        assert_ptr_equal(zmalloc_heap_of(block), heaps[i]);
        for (size_t size = 500000; size >= 9; size /= 4) {
            block = ztryrealloc(block, size);
            assert_string_equal(block, "contents");
            assert_int_equal(usage_of(heaps[i]).used_bytes, zmalloc_size(block));
        }
        assert_null(zrealloc(block, 0));
        assert_int_equal(usage_of(heaps[i]).used_bytes, 0);
        assert_int_equal(usage_of(heaps[i]).allocs, usage_of(heaps[i]).frees);
    }
    assert_int_equal(zmalloc_used_memory(), before);
    end_all(heaps, count);
}

static void blocks_move_between_heaps(void **state)
{
    (void)state;
    zmalloc_heap *heaps[MOST];
    size_t count = make_all(heaps), before = zmalloc_used_memory();
    char *block = zmalloc(100);
    strcpy(block, "contents");
    for (size_t i = 0; i < 3 * count; i++) {
        zmalloc_heap *to = heaps[i % count], *from = heaps[(i + count - 1) % count];
        block = zmalloc_heap_realloc(to, block, 50 + i * 100);
        assert_string_equal(block, "contents");
        assert_ptr_equal(zmalloc_heap_of(block), to);
        assert_int_equal(usage_of(to).used_bytes, zmalloc_size(block));
        if (to != from)
            assert_int_equal(usage_of(from).used_bytes, 0);
    }
    for (size_t i = 0; i < count; i++) { /* whatever the flags are */
        const int flags[] = {ZMALLOC_ZERO, ZMALLOC_ALIGN(256), ZMALLOC_ZERO | ZMALLOC_ALIGN(64)};
        block = zmalloc_heap_realloc(heaps[i], block, 100);
        for (int k = 0; k < 3; k++) {
            size_t old = zmalloc_usable_size(block), size = 1000 + 5000 * (size_t)k;
            memset(block + 9, 'x', old - 9);
            block = zrealloc_with_flags(block, size, flags[k]);
            assert_string_equal(block, "contents");
            assert_ptr_equal(zmalloc_heap_of(block), heaps[i]);
            assert_int_equal(usage_of(heaps[i]).used_bytes, zmalloc_size(block));
            assert_int_equal((uintptr_t)block % (k == 1 ? 256 : k == 2 ? 64 : 8), 0);
            for (size_t at = old; flags[k] & ZMALLOC_ZERO && at < size; at++)
                assert_int_equal(block[at], 0);
        }
    }
    assert_null(zmalloc_heap_realloc(heaps[0], block, 0));
    block = zmalloc_heap_realloc(heaps[0], NULL, 10);
    assert_ptr_equal(zmalloc_heap_of(block), heaps[0]);
    zfree(block);
    assert_int_equal(zmalloc_used_memory(), before);
    end_all(heaps, count);
}

int test_blocks(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_are_counted_where_they_belong),
        cmocka_unit_test(zeroed_aligned_and_strings),
        cmocka_unit_test(resized_blocks_stay_in_their_heap),
        cmocka_unit_test(blocks_move_between_heaps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
