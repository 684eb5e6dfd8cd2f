/* Blocks by flags: alignment and zero always, arenas or an error, and every one of them counted.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <string.h>
#include <zmalloc.h>

#include "contract.h"
#include "tests/core/test.h"
#include "tests/core/ways.h"

/* Under a wrap, or without the capability: -1. */
static int64_t an_arena(void)
{
    uint32_t arena = 0;
    if (zmalloc_wraps()[0] || zmalloc_arena_create(&arena) != 0)
        return -1;
    return arena;
}

static const size_t sizes[] = {0, 1, 8, 9, 100, 4096, 10000, 300000, 3 * ZM_MIB};

static void check_flags(int flags)
{
    size_t align = (size_t)1 << (flags & 0x3f);
    if (align < zm_promised_align())
        align = zm_promised_align();
    size_t used = zmalloc_used_memory();
    for (size_t i = 0; i < ZM_COUNT_OF(sizes); i++) {
        void *dirty = zmalloc(sizes[i]);
        zm_fill(dirty, sizes[i], 5);
        zfree(dirty);
        char *block =
            i % 2 ? zmalloc_with_flags(sizes[i], flags) : ztrymalloc_with_flags(sizes[i], flags);
        assert_non_null(block);
        assert_int_equal((uintptr_t)block % align, 0);
        size_t usable = zmalloc_size(block);
        assert_true(usable >= sizes[i]);
        assert_int_equal(zmalloc_used_memory(), used + usable);
        if (flags & ZMALLOC_ZERO)
            assert_true(zm_is_zero(block, sizes[i]));
        zm_fill(block, usable, (unsigned)i);
        if (i % 3 == 0)
            zfree_with_flags(block, flags);
        else if (i % 3 == 1)
            zfree_no_tcache(block);
        else
            zfree(block);
        assert_int_equal(zmalloc_used_memory(), used);
    }
}

static void blocks_by_flags(void **state)
{
    (void)state;
    int64_t arena = an_arena();
    const int aligns[] = {0, 3, 4, 5, 6, 12, 16, 21};
    for (size_t i = 0; i < ZM_COUNT_OF(aligns); i++)
        for (int zero = 0; zero <= ZMALLOC_ZERO; zero += ZMALLOC_ZERO) {
            check_flags(aligns[i] | zero);
            check_flags(aligns[i] | zero | ZMALLOC_NO_TCACHE);
            if (arena >= 0)
                check_flags(aligns[i] | zero | ZMALLOC_ARENA(arena));
        }
    assert_int_equal(ZMALLOC_ALIGN(4096), ZMALLOC_LG_ALIGN(12));
    assert_int_equal(ZMALLOC_ALIGN(1), 0);
    if (arena >= 0)
        assert_int_equal(zmalloc_arena_destroy((uint32_t)arena), 0);
}

static void check_resize(int flags)
{
    size_t used = zmalloc_used_memory(), align = (size_t)1 << (flags & 0x3f), old = 0;
    char *block = NULL;
    uint64_t seed = 11;
    for (unsigned i = 0; i < 300; i++) {
        size_t size = 1 + zm_random(&seed) % (i % 10 ? 3000 : 300000);
        char *moved = i % 2 ? zrealloc_with_flags(block, size, flags)
                            : ztryrealloc_with_flags(block, size, flags);
        assert_non_null(moved);
        assert_int_equal((uintptr_t)moved % align, 0);
        if (block)
            assert_true(zm_is_filled(moved, old < size ? old : size, i - 1));
        size_t usable = zmalloc_size(moved);
        if (flags & ZMALLOC_ZERO && size > old)
            assert_true(zm_is_zero(moved + old, size - old));
        assert_int_equal(zmalloc_used_memory(), used + usable);
        zm_fill(moved, usable, i);
        block = moved;
        old = usable;
    }
    assert_null(zrealloc_with_flags(block, 0, flags));
    assert_int_equal(zmalloc_used_memory(), used);
    block = zmalloc_with_flags(100, flags);
    assert_null(ztryrealloc_with_flags(block, 0, flags));
    assert_int_equal(zmalloc_used_memory(), used);
}

static void blocks_grow_and_shrink_by_flags(void **state)
{
    (void)state;
    int64_t arena = an_arena();
    check_resize(0);
    check_resize(ZMALLOC_NO_TCACHE);
    check_resize(ZMALLOC_ZERO);
    check_resize(ZMALLOC_LG_ALIGN(8));
    check_resize(ZMALLOC_LG_ALIGN(8) | ZMALLOC_ZERO | ZMALLOC_NO_TCACHE);
    if (arena < 0)
        return;
    check_resize(ZMALLOC_ARENA(arena));
    check_resize(ZMALLOC_ARENA(arena) | ZMALLOC_ZERO | ZMALLOC_LG_ALIGN(6));
    assert_int_equal(zmalloc_arena_destroy((uint32_t)arena), 0);
}

static void an_arenas_blocks_are_its_own(void **state)
{
    (void)state;
    int64_t arena = an_arena();
    struct zmalloc_allocator_info a = {.struct_size = sizeof a};
    if (arena < 0)
        return;
    void *blocks[200];
    size_t bytes = 0;
    for (size_t i = 0; i < ZM_COUNT_OF(blocks); i++) {
        blocks[i] = zmalloc_with_flags(50 * i, ZMALLOC_ARENA(arena));
        bytes += zmalloc_size(blocks[i]);
    }
    assert_int_equal(zmalloc_arena_info((uint32_t)arena, 1, &a), 0);
    assert_int_equal(a.allocated, bytes);
    for (size_t i = 0; i < ZM_COUNT_OF(blocks); i++)
        zfree_with_flags(blocks[i], ZMALLOC_NO_TCACHE);
    assert_int_equal(zmalloc_arena_destroy((uint32_t)arena), 0);
}

/* jemalloc has counters that show it: its cache grows by what is freed, or not. */
static void bypassing_leaves_the_cache_alone(void **state)
{
    (void)state;
    struct zmalloc_allocator_info a = {.struct_size = sizeof a};
    if (!zm_module_is("jemalloc") || zmalloc_wraps()[0])
        return;
    void *blocks[100];
    for (size_t i = 0; i < ZM_COUNT_OF(blocks); i++)
        blocks[i] = zmalloc_no_tcache(1000);
    assert_int_equal(zmalloc_flush_thread_cache(), 0);
    for (size_t i = 0; i < ZM_COUNT_OF(blocks); i++)
        zfree_no_tcache(blocks[i]);
    zmalloc_allocator_info(1, &a);
    assert_true(a.thread_cache < 10000);
    for (size_t i = 0; i < ZM_COUNT_OF(blocks); i++)
        blocks[i] = zmalloc(1000);
    for (size_t i = 0; i < ZM_COUNT_OF(blocks); i++)
        zfree(blocks[i]);
    zmalloc_allocator_info(1, &a);
    assert_true(a.thread_cache > 10000);
}

static void refused(int flags, int error)
{
    size_t used = zmalloc_used_memory();
    errno = 0;
    assert_null(ztrymalloc_with_flags(100, flags));
    assert_int_equal(errno, error);
    char *block = strcpy(zmalloc(100), "stays");
    errno = 0;
    assert_null(ztryrealloc_with_flags(block, 100000, flags));
    assert_int_equal(errno, error);
    assert_string_equal(block, "stays");
    zfree(block);
    assert_int_equal(zmalloc_used_memory(), used);
}

/* Flags that were good a moment ago are asked about again when what they name is gone. */
static void what_flags_name_may_go(void **state)
{
    (void)state;
    int64_t arena = an_arena();
    if (arena >= 0) {
        zfree_with_flags(zmalloc_with_flags(100, ZMALLOC_ARENA(arena) | ZMALLOC_NO_TCACHE),
                         ZMALLOC_NO_TCACHE);
        assert_int_equal(zmalloc_arena_destroy((uint32_t)arena), 0);
        refused(ZMALLOC_ARENA(arena) | ZMALLOC_NO_TCACHE, EINVAL);
    }
    uint32_t cache = 0;
    assert_int_equal(zmalloc_tcache_create(&cache), 0);
    int flags = (int)ZMALLOC_TCACHE(cache);
    for (int i = 0; i < 10; i++)
        zfree_with_flags(zrealloc_with_flags(zmalloc_with_flags(100, flags), 200, flags), flags);
    assert_int_equal(zmalloc_tcache_destroy(cache), 0);
    if (flags)
        refused(flags, EINVAL);
}

static size_t oom_size;

static void note_oom(size_t size)
{
    oom_size = size;
}

static void bad_flags_are_refused(void **state)
{
    (void)state;
    int64_t arena = an_arena();
    refused(0x80, EINVAL);
    refused(0x200, EINVAL); /* jemalloc's explicit caches */
    refused(ZMALLOC_LG_ALIGN(63), EINVAL);
    refused(ZMALLOC_ARENA(4000), arena < 0 ? ENOTSUP : EINVAL);
    if (sizeof(size_t) > 4)
        refused(ZMALLOC_LG_ALIGN(62), ENOMEM);
    if (arena < 0) {
        refused(ZMALLOC_ARENA(0), ENOTSUP);
    } else {
        assert_int_equal(zmalloc_arena_destroy((uint32_t)arena), 0);
        refused(ZMALLOC_ARENA(arena), EINVAL);
    }
    zmalloc_set_oom_handler(note_oom);
    assert_null(zmalloc_with_flags(1234, 0x80));
    assert_int_equal(oom_size, 1234);
    void *block = zmalloc(10);
    assert_null(zrealloc_with_flags(block, 4321, ZMALLOC_ARENA(4000)));
    assert_int_equal(oom_size, 4321);
    static volatile size_t huge = (size_t)PTRDIFF_MAX + 5;
    assert_null(zmalloc_no_tcache(huge));
    assert_true(oom_size == huge);
    zmalloc_set_oom_handler(NULL);
    zfree(block);
    zfree_no_tcache(NULL);
    zfree_with_flags(NULL, ZMALLOC_NO_TCACHE);
}

int zm_contract_flags(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_by_flags),
        cmocka_unit_test(blocks_grow_and_shrink_by_flags),
        cmocka_unit_test(an_arenas_blocks_are_its_own),
        cmocka_unit_test(bypassing_leaves_the_cache_alone),
        cmocka_unit_test(what_flags_name_may_go),
        cmocka_unit_test(bad_flags_are_refused),
    };
    return cmocka_run_group_tests_name("flags", tests, NULL, NULL);
}
