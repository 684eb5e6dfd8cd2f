/* Heaps on the running backend, whichever it is and whatever is around it. tests/heap looks at all
 * that they do. The last part: arenas and defragmentation are no more once there was a heap.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <string.h>
#include <zmalloc.h>

#include "contract.h"
#include "tests/core/test.h"

static zmalloc_heap *make(const char *name, zmalloc_heap *parent)
{
    struct zmalloc_heap_options options = {
        .struct_size = sizeof options, .name = name, .parent = parent};
    zmalloc_heap *heap = zmalloc_heap_create(&options);
    assert_non_null(heap);
    assert_string_equal(zmalloc_heap_name(heap), name);
    return heap;
}

static void a_heap_has_what_it_was_asked_for(void **state)
{
    (void)state;
    struct zmalloc_heap_usage u = {.struct_size = sizeof u};
    size_t before = zmalloc_used_memory(), usable = 0, count = 0;
    zmalloc_heap *parent = make("parent", NULL), *heap = make("child", parent);
    void *plain = zmalloc(1000);
    for (size_t size = 0; size < 100000; size = size * 2 + 1) {
        void *const blocks[] = {zmalloc_heap_malloc(heap, size),
                                zmalloc_heap_calloc(heap, 3, size),
                                zmalloc_heap_aligned_alloc(heap, 128, size),
                                zmalloc_heap_strdup(heap, "text"),
                                zrealloc(zmalloc_heap_malloc(heap, 100), size + 1),
                                zmalloc_heap_realloc(heap, zmalloc(100), size + 1)};
        for (size_t i = 0; i < ZM_COUNT_OF(blocks); i++) {
            assert_ptr_equal(zmalloc_heap_of(blocks[i]), heap);
            if (i % 2) {
                zfree(blocks[i]);
                continue;
            }
            usable += zmalloc_size(blocks[i]);
            count++;
        }
    }
    assert_int_equal(zmalloc_heap_get_usage(parent, &u), 0);
    assert_int_equal(u.allocs - u.frees, count);
    assert_int_equal(u.used_bytes, usable);
    assert_int_equal(zmalloc_heap_set_limits(heap, 0, 1), -ENOTSUP);
    assert_int_equal(zmalloc_used_memory(), before + u.used_bytes + zmalloc_size(plain));
    assert_int_equal(zmalloc_heap_destroy(heap, &usable), -EBUSY);
    assert_int_equal(usable, u.used_bytes);
    assert_int_equal(zmalloc_heap_free_all(heap), u.used_bytes);
    assert_int_equal(zmalloc_heap_destroy(heap, NULL), 0);
    assert_int_equal(zmalloc_heap_destroy(parent, NULL), 0);
    assert_null(zmalloc_heap_of(plain));
    zfree(plain);
    assert_int_equal(zmalloc_used_memory(), before);
}

int zm_contract_heaps(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_heap_has_what_it_was_asked_for)};
    return cmocka_run_group_tests_name("heaps", tests, NULL, NULL);
}
