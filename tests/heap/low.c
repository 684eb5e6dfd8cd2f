/* A heap whose blocks lie in the first 64 MiB of addresses, as NULL does: an allocation that fails
 * is no block. Linked to a fixed address, and without randomisation libc's blocks follow it.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <sys/personality.h>
#include <unistd.h>
#include <zmalloc.h>
#include <zmalloc/heap.h>

#include "../core/test.h"

static void what_fails_is_not_counted(void **state)
{
    (void)state;
    static volatile size_t many = SIZE_MAX / 4;
    struct zmalloc_heap_options options = {.struct_size = sizeof options, .name = "low"};
    struct zmalloc_heap_usage usage = {.struct_size = sizeof usage};
    zmalloc_heap *heap = zmalloc_heap_create(&options);
    void *block = zmalloc_heap_malloc(heap, 100);
    assert_non_null(block);
    if ((uintptr_t)block >= 64 * ZM_MIB)
        skip();
    zfree(block);
    for (int i = 0; i < 3; i++) {
        errno = 0;
        assert_null(zmalloc_heap_malloc(heap, many));
        assert_int_equal(errno, ENOMEM);
    }
    assert_null(zmalloc_heap_of(NULL));
    assert_int_equal(zmalloc_heap_get_usage(heap, &usage), 0);
    assert_int_equal(usage.allocs, 1);
    assert_int_equal(usage.frees, 1);
    assert_int_equal(usage.used_bytes, 0);
    assert_int_equal(zmalloc_heap_destroy(heap, NULL), 0);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(what_fails_is_not_counted)};
    int is = personality(0xffffffff);
    (void)argc;
    if (is >= 0 && !(is & ADDR_NO_RANDOMIZE) &&
        personality((unsigned long)is | ADDR_NO_RANDOMIZE) >= 0)
        execv("/proc/self/exe", argv);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
