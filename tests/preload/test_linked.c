/* Under the preload: a program that links libzmalloc has the preloaded library's one account, and
 * its one allocator.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>
#include <zmalloc.h>

#include "tests/core/test.h"

static void one_account(void **state)
{
    (void)state;
    assert_string_equal(zmalloc_backend_name(), zm_wanted_backend());
    size_t before = zmalloc_used_memory();
    void *theirs = malloc(100000), *ours = zmalloc(200000);
    assert_int_equal(zmalloc_used_memory() - before, zmalloc_size(theirs) + zmalloc_size(ours));
    free(theirs);
    zfree(ours);
    assert_int_equal(zmalloc_used_memory(), before);
}

/* What one has allocated the other may free: there is no second allocator. */
static void blocks_go_either_way(void **state)
{
    (void)state;
    size_t before = zmalloc_used_memory();
    for (size_t n = 1; n < 3000; n++) {
        free(memset(zmalloc(n), 1, n));
        zfree(memset(malloc(n), 1, n));
        free(zrealloc(malloc(n), 2 * n));
    }
    assert_int_equal(zmalloc_used_memory(), before);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_account),
        cmocka_unit_test(blocks_go_either_way),
    };
    return cmocka_run_group_tests_name("preload linked", tests, NULL, NULL);
}
