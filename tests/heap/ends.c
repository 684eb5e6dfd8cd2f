/* The end of heaps, and what is refused.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include <pthread.h>

#include "heap.h"

static void all_blocks_go_at_once(void **state)
{
    (void)state;
    zmalloc_heap *heaps[MOST];
    size_t before = zmalloc_used_memory(), count = make_all(heaps);
    void *plain[500];
    for (size_t i = 0; i < 500; i++) {
        plain[i] = memset(zmalloc(100), 7, 100);
        for (size_t h = 0; h < count; h++)
            assert_non_null(zmalloc_heap_malloc(heaps[h], 1 + i * i % 3000));
    }
    for (size_t h = 0; h < count; h++) {
        size_t left = 0, used = usage_of(heaps[h]).used_bytes;
        assert_int_equal(zmalloc_heap_destroy(heaps[h], &left), -EBUSY);
        assert_int_equal(left, used);
        assert_int_equal(zmalloc_heap_free_all(heaps[h]), used);
        assert_int_equal(usage_of(heaps[h]).used_bytes, 0);
        assert_int_equal(zmalloc_heap_free_all(heaps[h]), 0);
    }
    for (size_t i = 0; i < 500; i++) {
        assert_int_equal(((char *)plain[i])[99], 7);
        zfree(plain[i]);
    }
    end_all(heaps, count);
    assert_int_equal(zmalloc_used_memory(), before);
}

static void *resize(void *block)
{
    for (size_t i = 0; i < 100000; i++)
        block = zrealloc(block, i % 3 * 2000 + 100);
    return block;
}

/* While another thread resizes its only block. */
static void a_heap_whose_block_moves_has_one(void **state)
{
    (void)state;
    pthread_t thread;
    void *block;
    const struct zmalloc_heap_options options = {.struct_size = sizeof options, .name = "moving"};
    zmalloc_heap *heap = zmalloc_heap_create(&options);
    assert_non_null(heap);
    assert_int_equal(pthread_create(&thread, NULL, resize, zmalloc_heap_malloc(heap, 100)), 0);
    for (size_t i = 0; i < 20000; i++)
        assert_int_equal(zmalloc_heap_destroy(heap, NULL), -EBUSY);
    pthread_join(thread, &block);
    assert_int_equal(zmalloc_heap_destroy(heap, NULL), -EBUSY);
    zfree(block);
    assert_int_equal(zmalloc_heap_destroy(heap, NULL), 0);
}

/* ---- what is refused ---- */

static void refuses_with(const struct zmalloc_heap_options *options, int error)
{
    errno = 0;
    assert_null(zmalloc_heap_create(options));
    assert_int_equal(errno, error);
}

static void bad_options_are_refused(void **state)
{
    (void)state;
    refuses_with(NULL, EINVAL);
    refuses_with(&(struct zmalloc_heap_options){.struct_size = 8, .name = "a"}, EINVAL);
    refuses_with(OPTIONS(.name = NULL), EINVAL);
    refuses_with(OPTIONS(.name = ""), EINVAL);
    refuses_with(OPTIONS(.name = "9a"), EINVAL);
    refuses_with(OPTIONS(.name = "a b"), EINVAL);
    refuses_with(OPTIONS(.name = "a123456789a123456789a123456789a123456789a1234567"), EINVAL);
    refuses_with(OPTIONS(.name = "a", .reserved = 1), EINVAL);
    refuses_with(OPTIONS(.name = "a", .soft_limit = 2, .hard_limit = 1), EINVAL);
    refuses_with(OPTIONS(.name = "a", .backend = "nomalloc"), ENOENT);
    zmalloc_heap *heap = zmalloc_heap_create(OPTIONS(.name = "a"));
    assert_string_equal(zmalloc_heap_name(heap), "a");
    assert_int_equal(zmalloc_heap_destroy(heap, NULL), 0);
    refuses_with(OPTIONS(.name = "a", .parent = heap), EINVAL);
}

static void no_heap_is_no_crash(void **state)
{
    (void)state;
    struct zmalloc_heap_usage usage = {.struct_size = sizeof usage};
    zmalloc_heap *gone = zmalloc_heap_create(OPTIONS(.name = "gone"));
    assert_int_equal(zmalloc_heap_get_usage(gone, NULL), -EINVAL);
    usage.struct_size--;
    assert_int_equal(zmalloc_heap_get_usage(gone, &usage), -EINVAL);
    usage.struct_size++;
    assert_int_equal(zmalloc_heap_destroy(gone, NULL), 0);
    zmalloc_heap *const wrong[] = {NULL, gone};
    char *block = zmalloc(10);
    for (size_t i = 0; i < 2; i++) {
        errno = 0;
        assert_null(zmalloc_heap_malloc(wrong[i], 10));
        assert_int_equal(errno, EINVAL);
        assert_null(zmalloc_heap_calloc(wrong[i], 1, 10));
        assert_null(zmalloc_heap_aligned_alloc(wrong[i], 64, 10));
        assert_null(zmalloc_heap_strdup(wrong[i], "a"));
        assert_null(zmalloc_heap_realloc(wrong[i], block, 20));
        assert_null(zmalloc_heap_realloc(wrong[i], NULL, 20));
        assert_int_equal(zmalloc_heap_get_usage(wrong[i], &usage), -EINVAL);
        assert_int_equal(zmalloc_heap_free_all(wrong[i]), -EINVAL);
        assert_null(zmalloc_heap_name(wrong[i]));
    }
    zfree(block);
    assert_int_equal(zmalloc_heap_destroy(NULL, NULL), 0);
    assert_int_equal(zmalloc_heap_destroy(gone, NULL), -EINVAL);
}

static void there_is_a_last_heap(void **state)
{
    (void)state;
    static zmalloc_heap *heaps[ZMALLOC_HEAPS_MOST];
    for (size_t i = 0; i < ZMALLOC_HEAPS_MOST; i++) {
        heaps[i] = zmalloc_heap_create(OPTIONS(.name = "many"));
        assert_non_null(heaps[i]);
    }
    refuses_with(OPTIONS(.name = "many"), ENOSPC);
    void *last = zmalloc_heap_malloc(heaps[ZMALLOC_HEAPS_MOST - 1], 100);
    assert_ptr_equal(zmalloc_heap_of(last), heaps[ZMALLOC_HEAPS_MOST - 1]);
    zfree(last);
    end_all(heaps, ZMALLOC_HEAPS_MOST);
}

/* Refused as often as it is asked for, and nothing has begun. */
static void no_late_switch_where_there_were_heaps(void **state)
{
    (void)state;
    if (getenv("ZMALLOC_SWITCH") || zmalloc_backend_count() < 2)
        skip();
    zmalloc_heap *heap = zmalloc_heap_create(OPTIONS(.name = "any"));
    char running[32];
    snprintf(running, sizeof running, "%s", zmalloc_backend_name());
    for (int round = 0; round < 2; round++)
        for (size_t i = 0; i < zmalloc_backend_count(); i++) {
            struct zmalloc_backend_info info = {.struct_size = sizeof info};
            assert_int_equal(zmalloc_backend_describe(i, &info), 0);
            assert_int_equal(zmalloc_switch_backend(info.name), -EBUSY);
            assert_string_equal(zmalloc_backend_name(), running);
        }
    assert_int_equal(zmalloc_heap_destroy(heap, NULL), 0);
}

int test_ends(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_blocks_go_at_once),
        cmocka_unit_test(a_heap_whose_block_moves_has_one),
        cmocka_unit_test(bad_options_are_refused),
        cmocka_unit_test(no_heap_is_no_crash),
        cmocka_unit_test(there_is_a_last_heap),
        cmocka_unit_test(no_late_switch_where_there_were_heaps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
