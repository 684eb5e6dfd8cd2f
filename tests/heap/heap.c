/* Heaps: what each function does, and what it refuses. Runs under every backend, with heaps of
 * all, or of its own alone: ZMALLOC_TEST_HEAPS=own.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "heap.h"

struct zmalloc_heap_usage usage_of(zmalloc_heap *heap)
{
    struct zmalloc_heap_usage usage = {.struct_size = sizeof usage};
    assert_int_equal(zmalloc_heap_get_usage(heap, &usage), 0);
    assert_int_equal(usage.used_bytes, usage.allocated_bytes - usage.freed_bytes);
    assert_true(usage.peak_bytes >= usage.used_bytes);
    return usage;
}

size_t make_all(zmalloc_heap **out)
{
    size_t count = getenv("ZMALLOC_TEST_HEAPS") ? 0 : zmalloc_backend_count(), made = 0;
    for (size_t i = 0; i < count && made < MOST - 1; i++) {
        struct zmalloc_backend_info info = {.struct_size = sizeof info};
        assert_int_equal(zmalloc_backend_describe(i, &info), 0);
        out[made] = zmalloc_heap_create(OPTIONS(.name = "one", .backend = info.name));
        if (!out[made])
            fail_msg("%s: errno %d", info.name, errno);
        made++;
    }
    out[made] = zmalloc_heap_create(OPTIONS(.name = "plain"));
    assert_non_null(out[made]);
    return made + 1;
}

void end_all(zmalloc_heap **heaps, size_t count)
{
    for (size_t i = 0; i < count; i++)
        assert_int_equal(zmalloc_heap_destroy(heaps[i], NULL), 0);
}

int main(void)
{
    /* The processes come first: one wants that there was no heap yet. */
    return test_processes() + test_blocks() + test_limits() + test_ends();
}
