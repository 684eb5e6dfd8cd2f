/* Under the preload: the program allocates in the resolver of an IFUNC, which the loader runs
 * before any constructor, and before it has filled the first thread's thread-local storage.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <string.h>

#include "tests/preload/libraries/loaded.h"

static char *kept, *grown;
static void *from_calloc, *zero;

static int answer(void)
{
    return 42;
}

/* Used, though clang doesn't see by whom. */
__attribute__((used)) static int (*resolve(void))(void)
{
    kept = malloc(100);
    strcpy(kept, "kept");
    grown = malloc(10);
    strcpy(grown, "grown");
    grown = realloc(grown, 5000);
    from_calloc = calloc(10, 100);
    zero = malloc(0);
    free(malloc(1000));
    free(NULL);
    return answer;
}

int resolved(void) __attribute__((ifunc("resolve")));

static void blocks_of_the_resolver_live_on(void **state)
{
    (void)state;
    static const char zeros[1000];
    assert_int_equal(resolved(), 42);
    assert_string_equal(kept, "kept");
    assert_string_equal(grown, "grown");
    assert_memory_equal(from_calloc, zeros, sizeof zeros);
    kept = realloc(kept, 100000);
    assert_string_equal(kept, "kept");
    free(kept);
    free(grown);
    free(from_calloc);
    free(zero);
}

static void the_choice_is_made_after_it(void **state)
{
    (void)state;
    assert_string_equal(zm_loaded_backend(), zm_wanted_backend());
    size_t used = zm_loaded_used();
    void *block = malloc(100000);
    assert_true(zm_loaded_used() - used >= 100000);
    free(block);
    assert_int_equal(zm_loaded_used(), used);
}

int main(void)
{
    zm_loaded_init();
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_of_the_resolver_live_on),
        cmocka_unit_test(the_choice_is_made_after_it),
    };
    return cmocka_run_group_tests_name("preload resolver", tests, NULL, NULL);
}
