/* The null backend has no memory: what fails fails cleanly, in every function.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <zmalloc.h>

#include "test.h"
#include "ways.h"

static size_t handled, handled_size;

static void note(size_t size)
{
    handled++;
    handled_size = size;
}

static int handle_by_note(void **state)
{
    (void)state;
    zmalloc_set_oom_handler(note);
    return 0;
}

static void every_way_fails(void **state)
{
    (void)state;
    for (size_t w = 0; w < zm_way_count; w++)
        for (size_t size = 0; size < ZM_MIB; size = 2 * size + 1) {
            size_t usable = 77;
            handled = 0;
            errno = 0;
            if (zm_ways[w].get(size, &usable))
                fail_msg("%s(%zu) gives a block", zm_ways[w].name, size);
            assert_int_equal(usable, 0);
            assert_int_equal(errno, ENOMEM);
            assert_int_equal(handled, zm_ways[w].tries ? 0 : 1);
            if (handled)
                assert_int_equal(handled_size, size);
        }
}

static void copies_fail(void **state)
{
    (void)state;
    size_t usable = 77;
    handled = 0;
    assert_null(zstrdup("four"));
    assert_null(zstrdup_usable("fives", &usable));
    assert_int_equal(usable, 0);
    assert_int_equal(handled, 2);
    assert_int_equal(handled_size, sizeof "fives");
}

static void nothing_is_counted(void **state)
{
    (void)state;
    struct zmalloc_stats s = {.struct_size = sizeof s};
    zfree(NULL);
    zfree_with_size(NULL, 1);
    assert_int_equal(zmalloc_get_stats(&s), 0);
    assert_int_equal(s.used_bytes, 0);
    assert_int_equal(s.peak_bytes, 0);
    assert_int_equal(s.allocated_bytes, 0);
    assert_int_equal(s.allocs, 0);
    assert_int_equal(s.frees, 0);
    assert_int_equal(s.peak_time, 0);
    assert_true(zmalloc_get_fragmentation_ratio(1000) == 0);
}

static void libc_still_gives(void **state)
{
    (void)state;
    void *block = zlibc_malloc(10);
    assert_non_null(block);
    zlibc_free(block);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(every_way_fails, handle_by_note),
        cmocka_unit_test_setup(copies_fail, handle_by_note),
        cmocka_unit_test(nothing_is_counted),
        cmocka_unit_test(libc_still_gives),
    };
    return cmocka_run_group_tests_name("null", tests, NULL, NULL);
}
