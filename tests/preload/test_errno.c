/* Under the preload: free leaves errno alone.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tests/preload/libraries/loaded.h"

static void check_free(void *block)
{
    errno = EPROTO;
    free(block);
    assert_int_equal(errno, EPROTO);
}

/* Enough of every kind that the allocator gives memory back to the system. */
static void free_all_kinds(int huge)
{
    static const struct {
        size_t size, count;
    } kinds[] = {{16, 20000},   {100, 10000},  {1000, 10000},   {8000, 2000},
                 {40000, 1000}, {200000, 200}, {5 * ZM_MIB, 10}};
    static void *blocks[20000];
    for (size_t k = 0; k < ZM_COUNT_OF(kinds); k++) {
        for (size_t i = 0; i < kinds[k].count; i++)
            blocks[i] = memset(malloc(kinds[k].size), 1, 1);
        for (size_t i = 0; i < kinds[k].count; i++)
            check_free(blocks[i]);
    }
    for (int i = 0; i < huge; i++)
        check_free(memset(malloc(64 * ZM_MIB), 1, 1));
    usleep(600000); /* what some give back only after a while */
    for (size_t k = 0; k < ZM_COUNT_OF(kinds); k++)
        check_free(malloc(kinds[k].size));
}

static void freely(void **state)
{
    (void)state;
    free_all_kinds(100);
}

/* madvise refuses locked memory. */
static void locked(void **state)
{
    (void)state;
    if (zm_wanted_is("snmalloc"))
        skip(); /* it would be given all of its 256 GiB of addresses: docs/backends.md */
    if (mlockall(MCL_CURRENT | MCL_FUTURE) != 0)
        skip();        /* more than this user may lock */
    free_all_kinds(3); /* each is filled by the system when it is mapped */
    munlockall();
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(freely),
        cmocka_unit_test(locked),
    };
    return cmocka_run_group_tests_name("preload errno", tests, NULL, NULL);
}
