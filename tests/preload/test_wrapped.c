/* Under the preload: the program's own malloc and aligned_alloc over glibc's second names, while
 * all else is the library's.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include <malloc.h>
#include <string.h>

#include "tests/preload/libraries/loaded.h"

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t num, size_t size);
void *__libc_realloc(void *ptr, size_t size);
void *__libc_memalign(size_t align, size_t size);
void *__libc_valloc(size_t size);
void *__libc_pvalloc(size_t size);
void __libc_free(void *ptr);

static unsigned long calls;

void *malloc(size_t size)
{
    calls++;
    return __libc_malloc(size);
}

void *aligned_alloc(size_t align, size_t size)
{
    calls++;
    return __libc_memalign(align, size);
}

static void blocks_go_either_way(void **state)
{
    (void)state;
    unsigned long before = calls;
    size_t used = zm_loaded_used();
    for (size_t n = 1; n < 2000; n++) {
        char *block = memset(malloc(n), 1, n);
        block = realloc(block, 2 * n);
        assert_int_equal(block[n - 1], 1);
        free(block);
        free(strdup("a copy"));
        __libc_free(calloc(n, 3));
        free(aligned_alloc(64, n));
    }
    assert_true(calls - before >= 5000);
    assert_int_equal(zm_loaded_used(), used);
}

static void second_names_are_accounted(void **state)
{
    (void)state;
    assert_string_equal(zm_loaded_backend(), zm_wanted_backend());
    size_t used = zm_loaded_used(), held = 0;
    void *blocks[] = {
        __libc_malloc(10000),        __libc_calloc(100, 100), __libc_realloc(NULL, 10000),
        __libc_memalign(256, 10000), __libc_valloc(10000),    __libc_pvalloc(10000),
    };
    for (size_t i = 0; i < ZM_COUNT_OF(blocks); i++)
        held += malloc_usable_size(blocks[i]);
    assert_int_equal(zm_loaded_used() - used, held);
    for (size_t i = 0; i < ZM_COUNT_OF(blocks); i++)
        __libc_free(blocks[i]);
    assert_int_equal(zm_loaded_used(), used);
}

int main(void)
{
    zm_loaded_init();
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_go_either_way),
        cmocka_unit_test(second_names_are_accounted),
    };
    return cmocka_run_group_tests_name("preload wrapped", tests, NULL, NULL);
}
