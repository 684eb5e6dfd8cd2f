/* Under the preload and interposer.c: blocks from inside the choice of the backend are like others,
 * but outside the account.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include <malloc.h>
#include <pthread.h>
#include <string.h>

#include "tests/preload/libraries/interposer.h"
#include "tests/preload/libraries/loaded.h"

static struct zm_early_blocks *b;

static int find_blocks(void **state)
{
    (void)state;
    zm_loaded_init();
    b = zm_symbol("zm_early_blocks");
    return 0;
}

static void made_early(void **state)
{
    (void)state;
    assert_int_equal(b->calls, 1);
    assert_string_equal(zm_loaded_backend(), zm_wanted_backend());
    assert_string_equal(b->text, "early text");
    assert_string_equal(b->grown, "grown");
    for (size_t i = 0; i < 100; i++)
        assert_int_equal(b->zero[i], 0);
    assert_int_equal((uintptr_t)b->wide % 512, 0);
    assert_non_null(b->posix);
    assert_int_equal((uintptr_t)b->posix % 256, 0);
    assert_non_null(b->empty);
    assert_null(b->too_much);
    assert_null(b->negative);
    assert_null(b->overflow);
    /* The arena's own, not the backend's. */
    assert_int_equal(b->text_usable, 16);
}

static void usable_to_the_end(void **state)
{
    (void)state;
    assert_int_equal(malloc_usable_size(b->text), b->text_usable);
    assert_true(malloc_usable_size(b->grown) >= 3000);
    assert_true(malloc_usable_size(b->zero) >= 100);
    memset(b->grown + 6, 1, malloc_usable_size(b->grown) - 6);
    memset(b->zero, 2, malloc_usable_size(b->zero));
    memset(b->wide, 3, malloc_usable_size(b->wide));
    memset(b->posix, 4, malloc_usable_size(b->posix));
    assert_string_equal(b->text, "early text");
    assert_string_equal(b->grown, "grown");
}

static void resized_blocks_move_out(void **state)
{
    (void)state;
    size_t used = zm_loaded_used();
    char *text = realloc(b->text, 100000), *grown = reallocarray(b->grown, 3, 2);
    assert_ptr_not_equal(text, b->text);
    assert_string_equal(text, "early text");
    assert_string_equal(grown, "grown");
    assert_int_equal(zm_loaded_used() - used, malloc_usable_size(text) + malloc_usable_size(grown));
    text = realloc(text, 200);
    assert_string_equal(text, "early text");
    free(text);
    free(grown);
    assert_null(realloc(b->empty, 0));
    assert_int_equal(zm_loaded_used(), used);
}

static void *free_them(void *arg)
{
    void (*free_sized)(void *, size_t), (*cfree)(void *);
    *(void **)&free_sized = zm_symbol("free_sized");
    *(void **)&cfree = zm_symbol("cfree");
    free(b->to_free);
    free_sized(b->zero, 100);
    cfree(b->posix);
    return arg;
}

static void freed_anywhere(void **state)
{
    (void)state;
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, free_them, NULL), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    size_t used = zm_loaded_used();
    free(b->wide);
    assert_int_equal(zm_loaded_used(), used);
}

/* All names go through the early functions now; they still count what is the backend's. */
static void later_blocks_are_the_backends(void **state)
{
    (void)state;
    size_t used = zm_loaded_used(), sum = 0;
    void *blocks[] = {malloc(100),       calloc(7, 100),         memalign(128, 999),
                      realloc(NULL, 50), aligned_alloc(64, 640), valloc(10)};
    for (size_t i = 0; i < ZM_COUNT_OF(blocks); i++)
        sum += malloc_usable_size(blocks[i]);
    assert_int_equal(zm_loaded_used() - used, sum);
    for (size_t i = 0; i < ZM_COUNT_OF(blocks); i++)
        free(realloc(blocks[i], 4000));
    assert_int_equal(zm_loaded_used(), used);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(made_early),
        cmocka_unit_test(usable_to_the_end),
        cmocka_unit_test(resized_blocks_move_out),
        cmocka_unit_test(freed_anywhere),
        cmocka_unit_test(later_blocks_are_the_backends),
    };
    return cmocka_run_group_tests_name("preload early", tests, find_blocks, NULL);
}
