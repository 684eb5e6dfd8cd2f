/* Heaps under ZMALLOC_WRAP: on the backend that is wrapped they work, others are refused.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <zmalloc.h>

#include "../core/test.h"

static void only_the_wrapped_backend(void **state)
{
    (void)state;
    for (size_t i = 0; i < zmalloc_backend_count(); i++) {
        struct zmalloc_backend_info info = {.struct_size = sizeof info};
        assert_int_equal(zmalloc_backend_describe(i, &info), 0);
        struct zmalloc_heap_options options = {
            .struct_size = sizeof options, .name = "wrapped", .backend = info.name};
        errno = 0;
        zmalloc_heap *heap = zmalloc_heap_create(&options);
        if (!info.is_running) {
            assert_null(heap);
            assert_int_equal(errno, ENOTSUP);
            continue;
        }
        void *block = zmalloc_heap_malloc(heap, 100);
        assert_ptr_equal(zmalloc_heap_of(block), heap);
        block = zrealloc(block, 10000);
        assert_ptr_equal(zmalloc_heap_of(block), heap);
        size_t usable = zmalloc_size(block);
        assert_int_equal(zmalloc_heap_free_all(heap), usable);
        assert_int_equal(zmalloc_heap_destroy(heap, NULL), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(only_the_wrapped_backend)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
