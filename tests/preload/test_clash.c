/* Under the preload: a program's library has a zmalloc and a zrealloc of its own, and keeps them.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include <dlfcn.h>

#include "tests/preload/libraries/clash_lib.h"
#include "tests/preload/libraries/loaded.h"

static void linked_library(void **state)
{
    (void)state;
    assert_int_equal(zm_clash_lib_work(), 0);
    char *block = zmalloc(100000);
    for (size_t i = 0; i < 100000; i++)
        assert_int_equal(block[i], 0);
    free(block);
}

/* A library that is opened later looks there. */
static void looked_up(void **state)
{
    (void)state;
    void *(*found)(size_t);
    *(void **)&found = dlsym(RTLD_DEFAULT, "zmalloc");
    assert_true(found == zmalloc);
    assert_null(dlsym(RTLD_DEFAULT, "zcalloc")); /* the program has none */
}

static void accounted(void **state)
{
    (void)state;
    assert_string_equal(zm_loaded_backend(), zm_wanted_backend());
    size_t before = zm_loaded_used();
    void *block = zmalloc(100000);
    assert_true(zm_loaded_used() - before >= 100000);
    free(block);
    assert_int_equal(zm_loaded_used(), before);
}

int main(void)
{
    zm_loaded_init();
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(linked_library),
        cmocka_unit_test(looked_up),
        cmocka_unit_test(accounted),
    };
    return cmocka_run_group_tests_name("preload clash", tests, NULL, NULL);
}
