/* A program with allocators of its own, linked in under the very names that the library's have:
 * neither takes the other's functions, and the account knows the library's blocks alone.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>
#include <zmalloc.h>

#include "tests/core/test.h"
#include "tests/core/threads.h"

#define BLOCKS 300

void *je_malloc(size_t size);
void je_free(void *ptr);
int je_mallctl(const char *name, void *old, size_t *old_size, void *fresh, size_t fresh_size);
void *mi_malloc(size_t size);
void mi_free(void *ptr);
int tcmin_init(void);
void *tcmin_malloc(size_t size);
void tcmin_free(void *ptr);

static void *own_malloc(int which, size_t size)
{
    return which == 0 ? je_malloc(size) : which == 1 ? mi_malloc(size) : tcmin_malloc(size);
}

static void own_free(int which, void *ptr)
{
    (which == 0 ? je_free : which == 1 ? mi_free : tcmin_free)(ptr);
}

/* Bytes that the program's own jemalloc has handed out to this thread so far. */
static uint64_t own_allocated(void)
{
    uint64_t bytes = 0;
    size_t size = sizeof bytes;
    assert_int_equal(je_mallctl("thread.allocated", &bytes, &size, NULL, 0), 0);
    return bytes;
}

static void accounts_are_apart(void **state)
{
    (void)state;
    assert_string_equal(zmalloc_backend_name(), zm_wanted_backend());
    own_free(0, own_malloc(0, 1));
    uint64_t own = own_allocated();
    size_t used = zmalloc_used_memory();
    void *theirs = own_malloc(0, 3 * ZM_MIB), *ours = zmalloc(2 * ZM_MIB);
    assert_true(own_allocated() - own >= 3 * ZM_MIB && own_allocated() - own < 5 * ZM_MIB);
    assert_int_equal(zmalloc_used_memory() - used, zmalloc_size(ours));
    own_free(0, theirs);
    zfree(ours);
    assert_int_equal(zmalloc_used_memory(), used);
}

static void churn(void *arg, unsigned number)
{
    (void)arg;
    unsigned char *own[BLOCKS], *ours[BLOCKS];
    for (unsigned round = 0; round < 20; round++) {
        for (unsigned i = 0; i < BLOCKS; i++) {
            own[i] = memset(own_malloc((int)(number % 3), i * 13 + 1), 1, i * 13 + 1);
            ours[i] = memset(zmalloc(i * 17 + 1), 2, i * 17 + 1);
        }
        for (unsigned i = 0; i < BLOCKS; i++) {
            assert_int_equal(own[i][i * 13], 1);
            assert_int_equal(ours[i][i * 17], 2);
            own_free((int)(number % 3), own[i]);
            zfree(ours[i]);
        }
    }
}

static void side_by_side(void **state)
{
    (void)state;
    size_t used = zmalloc_used_memory();
    zm_crew_join(zm_crew_start(6, churn, NULL));
    assert_int_equal(zmalloc_used_memory(), used);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(accounts_are_apart),
        cmocka_unit_test(side_by_side),
    };
    /* The wrap's own rule: before a second thread allocates, since it starts nothing by itself. */
    if (tcmin_init() != 0)
        return 1;
    return cmocka_run_group_tests_name("both", tests, NULL, NULL);
}
