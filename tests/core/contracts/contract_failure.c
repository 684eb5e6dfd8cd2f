/* What can't be had: huge sizes, overflow, bad alignments; errno; the OOM handler.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <zmalloc.h>

#include "contract.h"
#include "tests/core/child.h"
#include "tests/core/test.h"
#include "tests/core/ways.h"

static const size_t too_much[] = {
#if SIZE_MAX > UINT32_MAX /* else a 64-bit kernel may have as much for a process */
    PTRDIFF_MAX - 4096,      PTRDIFF_MAX - 1,  PTRDIFF_MAX,
#endif
    (size_t)PTRDIFF_MAX + 1, SIZE_MAX / 4 * 3, SIZE_MAX - 4096, SIZE_MAX - 64,
    SIZE_MAX - 16,           SIZE_MAX - 8,     SIZE_MAX - 1,    SIZE_MAX,
};

/* ---- handlers ---- */

static size_t handled, handled_size;
static jmp_buf escape;

static void note(size_t size)
{
    handled++;
    handled_size = size;
}

static void jump(size_t size)
{
    note(size);
    longjmp(escape, 1);
}

static int handle_by_note(void **state)
{
    (void)state;
    handled = handled_size = 0;
    zmalloc_set_oom_handler(note);
    return 0;
}

static int handle_by_default(void **state)
{
    (void)state;
    zmalloc_set_oom_handler(NULL);
    return 0;
}

/* The last call failed as it should: through the handler, or with ENOMEM alone. */
static void check_failure(bool tries, size_t size, size_t used)
{
    assert_int_equal(errno, ENOMEM);
    assert_int_equal(handled, tries ? 0 : 1);
    if (!tries)
        assert_int_equal(handled_size, size);
    assert_int_equal(zmalloc_used_memory(), used);
    handled = 0;
    errno = 0;
}

/* ---- too much ---- */

static void huge_sizes(void **state)
{
    (void)state;
    size_t used = zmalloc_used_memory();
    for (size_t w = 0; w < zm_way_count; w++)
        for (size_t i = 0; i < ZM_COUNT_OF(too_much); i++) {
            size_t usable = 77;
            errno = 0;
            assert_null(zm_ways[w].get(too_much[i], &usable));
            assert_int_equal(usable, 0);
            check_failure(zm_ways[w].tries, too_much[i], used);
        }
}

static void overflowing_products(void **state)
{
    (void)state;
    static const size_t factors[][2] = {
        {SIZE_MAX, 2},
        {2, SIZE_MAX},
        {SIZE_MAX / 2 + 1, 2},
        {(size_t)1 << (sizeof(size_t) * 4), (size_t)1 << (sizeof(size_t) * 4)},
        {SIZE_MAX, SIZE_MAX},
        {SIZE_MAX / 3 + 1, 3},
    };
    size_t used = zmalloc_used_memory();
    for (size_t i = 0; i < ZM_COUNT_OF(factors); i++) {
        errno = 0;
        assert_null(ztrycalloc_num(factors[i][0], factors[i][1]));
        check_failure(true, 0, used);
        assert_null(zcalloc_num(factors[i][0], factors[i][1]));
        check_failure(false, SIZE_MAX, used); /* no number says it better */
    }
}

static void failed_resize_changes_nothing(void **state)
{
    (void)state;
    static const size_t sizes[] = {1, 100, 5000, 200000, 2 * ZM_MIB};
    for (size_t s = 0; s < ZM_COUNT_OF(sizes); s++) {
        size_t usable, told;
        char *ptr = zmalloc_usable(sizes[s], &usable);
        zm_fill(ptr, usable, 9);
        size_t used = zmalloc_used_memory();
        for (size_t i = 0; i < ZM_COUNT_OF(too_much); i++) {
            size_t size = too_much[i];
            errno = 0;
            assert_null(ztryrealloc(ptr, size));
            check_failure(true, size, used);
            told = 77;
            assert_null(ztryrealloc_usable(ptr, size, &told));
            assert_int_equal(told, 0);
            check_failure(true, size, used);
            assert_null(zrealloc(ptr, size));
            check_failure(false, size, used);
            told = 77;
            assert_null(zrealloc_usable(ptr, size, &told));
            assert_int_equal(told, 0);
            check_failure(false, size, used);
            assert_int_equal(zmalloc_size(ptr), usable);
            assert_true(zm_is_filled(ptr, usable, 9));
        }
        zfree(ptr);
    }
}

/* ---- alignment ---- */

static void alignments_that_are_none(void **state)
{
    (void)state;
    static const size_t bad[] = {0, 3, 12, 48, 4095, 4097, SIZE_MAX};
    size_t used = zmalloc_used_memory();
    for (size_t i = 0; i < ZM_COUNT_OF(bad); i++) {
        size_t usable = 77;
        errno = 0;
        assert_null(ztryaligned_alloc(bad[i], 100));
        assert_int_equal(errno, EINVAL);
        errno = 0;
        assert_null(ztryaligned_alloc_usable(bad[i], 100, &usable));
        assert_int_equal(errno, EINVAL);
        assert_int_equal(usable, 0);
        assert_null(zaligned_alloc(bad[i], 101));
        check_failure(false, 101, used);
        usable = 77;
        assert_null(zaligned_alloc_usable(bad[i], 102, &usable));
        assert_int_equal(usable, 0);
        check_failure(false, 102, used);
    }
}

static void alignments_that_nobody_has(void **state)
{
    (void)state;
    size_t used = zmalloc_used_memory();
    size_t largest = ZM_SANITIZER ? SIZE_MAX / 8 + 1 : SIZE_MAX / 2 + 1; /* ASan's sums overflow */
    size_t least = sizeof least > 4 ? SIZE_MAX / 64 : SIZE_MAX;          /* see too_much */
    for (size_t align = largest; align >= least; align /= 2) {
        errno = 0;
        assert_null(ztryaligned_alloc(align, 1));
        check_failure(true, 1, used);
        assert_null(ztryaligned_alloc(align, SIZE_MAX / 2));
        check_failure(true, 1, used);
    }
    for (size_t align = 1; align <= ZM_MIB; align *= 4)
        for (size_t i = 0; i < ZM_COUNT_OF(too_much); i++) {
            errno = 0;
            assert_null(ztryaligned_alloc(align, too_much[i]));
            check_failure(true, too_much[i], used);
        }
}

/* ---- errno ---- */

static void freeing_leaves_errno_alone(void **state)
{
    (void)state;
    for (size_t size = 0; size < 64 * ZM_MIB; size = 3 * size + 1) {
        void *blocks[] = {zmalloc(size), zmalloc(size), zmalloc(size), zmalloc(size)};
        size_t usable = zmalloc_size(blocks[0]);
        errno = E2BIG;
        zfree(blocks[0]);
        zfree_usable(blocks[1], &usable);
        zfree_usable(blocks[2], NULL);
        zfree_with_size(blocks[3], size);
        zfree(NULL);
        assert_int_equal(errno, E2BIG);
    }
}

/* ---- the handler ---- */

static void handler_may_return(void **state)
{
    (void)state;
    static volatile size_t huge = (size_t)PTRDIFF_MAX + 1; /* the compiler would see and warn */
    assert_null(zmalloc(huge));
    assert_int_equal(handled, 1);
    void *ptr = zmalloc(10); /* life goes on */
    assert_non_null(ptr);
    zfree(ptr);
}

static void handler_may_jump(void **state)
{
    (void)state;
    static char *volatile ptr;
    static volatile size_t used, huge = SIZE_MAX - 100; /* the compiler would see and warn */
    ptr = zmalloc(1000);
    used = zmalloc_used_memory();
    zmalloc_set_oom_handler(jump);
    if (setjmp(escape) == 0) {
        zmalloc(huge);
        fail_msg("zmalloc returned");
    }
    if (setjmp(escape) == 0) {
        zrealloc(ptr, huge);
        fail_msg("zrealloc returned");
    }
    if (setjmp(escape) == 0) {
        zcalloc_num(huge, 2);
        fail_msg("zcalloc_num returned");
    }
    assert_int_equal(handled, 3);
    assert_int_equal(zmalloc_used_memory(), used);
    zfree(ptr);
}

static int die_of_hunger(void *arg)
{
    void *(*volatile get)(size_t) = *(void *(**)(size_t))arg;
    zmalloc_set_oom_handler(note);
    zmalloc_set_oom_handler(NULL); /* the default again */
    get((size_t)PTRDIFF_MAX + 12345);
    return 0;
}

static void default_handler_names_the_size_and_aborts(void **state)
{
    (void)state;
    void *(*gets[])(size_t) = {zmalloc, zcalloc, zmalloc_cache_aligned};
    for (size_t i = 0; i < ZM_COUNT_OF(gets); i++) {
        struct zm_child child = zm_run_child(die_of_hunger, &gets[i], ZM_TIMEOUT);
        assert_true(WIFSIGNALED(child.status));
        assert_int_equal(WTERMSIG(child.status), SIGABRT);
        if (!strstr(child.err, "9223372036854788152") && !strstr(child.err, "2147495992"))
            fail_msg("no size in: %s", child.err);
    }
}

int zm_contract_failure(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(huge_sizes, handle_by_note, handle_by_default),
        cmocka_unit_test_setup_teardown(overflowing_products, handle_by_note, handle_by_default),
        cmocka_unit_test_setup_teardown(failed_resize_changes_nothing, handle_by_note,
                                        handle_by_default),
        cmocka_unit_test_setup_teardown(alignments_that_are_none, handle_by_note,
                                        handle_by_default),
        cmocka_unit_test_setup_teardown(alignments_that_nobody_has, handle_by_note,
                                        handle_by_default),
        cmocka_unit_test(freeing_leaves_errno_alone),
        cmocka_unit_test_setup_teardown(handler_may_return, handle_by_note, handle_by_default),
        cmocka_unit_test_setup_teardown(handler_may_jump, handle_by_note, handle_by_default),
        cmocka_unit_test(default_handler_names_the_size_and_aborts),
    };
    return cmocka_run_group_tests_name("failure", tests, NULL, NULL);
}
