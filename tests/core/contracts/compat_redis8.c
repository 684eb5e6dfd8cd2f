/* SPDX-License-Identifier: BSD-3-Clause */
#define REDIS_TEST
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <zmalloc/redis8.h>

#include "compat.h"
#include "tests/core/test.h"

int zm_compat_redis8(struct zm_compat *out)
{
    return zmalloc_get_allocator_info(1, &out->allocated, &out->active, &out->resident,
                                      &out->retained, &out->muzzy, &out->frag_smallbins);
}

void zm_compat_redis8_untold(void)
{
    struct zm_compat told;
    int known = zm_compat_redis8(&told);
    assert_int_equal(zmalloc_get_allocator_info(1, NULL, NULL, NULL, NULL, NULL, NULL), known);
    zmalloc_get_allocator_info_by_arena(0, 1, NULL, NULL, NULL, NULL);
    size_t usable = 0, old = 77;
    void *block = ztryrealloc_usable(NULL, 100, &usable, &old);
    assert_int_equal(old, 0);
    assert_int_equal(usable, zmalloc_size(block));
    block = zrealloc_usable(block, 5000, NULL, &old);
    assert_int_equal(old, usable);
    block = zrealloc_usable(block, 6000, &usable, NULL);
    assert_int_equal(usable, zmalloc_size(block));
    block = zrealloc_usable(block, 7000, NULL, NULL);
    static volatile size_t huge = (size_t)PTRDIFF_MAX + 1;
    assert_null(ztryrealloc_usable(block, huge, &usable, &old));
    assert_int_equal(usable, 0);
    assert_int_equal(old, zmalloc_size(block)); /* which it still is */
    assert_null(ztryrealloc_usable(block, 0, &usable, &old));
    zmalloc_reserve_thread_slots(4);
    zmalloc_register_reserved_slot();
    assert_int_equal(zmalloc_test(0, NULL, 0), 0);
}

void zm_compat_redis8_interpreter(void)
{
    unsigned arena = 77, cache = 77;
    size_t size = sizeof arena, used = zmalloc_used_memory();
    assert_int_equal(je_mallctl("arenas.create", &arena, &size, NULL, 0), 0);
    assert_int_equal(je_mallctl("tcache.create", &cache, &size, NULL, 0), 0);
    char *blocks[300];
    for (size_t i = 0; i < ZM_COUNT_OF(blocks); i++) {
        int flags = MALLOCX_ARENA(arena) | MALLOCX_TCACHE(cache);
        blocks[i] = memset(zrealloc_with_flags(NULL, 10 + i, flags), 1, 10 + i);
        blocks[i] = zrealloc_with_flags(blocks[i], 100 + 5 * i, flags);
        assert_true(blocks[i][9 + i] == 1);
    }
    assert_true(zmalloc_used_memory() > used + ZM_COUNT_OF(blocks) * 100);
    if (arena != ZMALLOC_ARENA_AUTOMATIC)
        assert_int_equal(je_mallctl("arena.0.reset", NULL, NULL, NULL, 0), EPERM);
    for (size_t i = 0; i < ZM_COUNT_OF(blocks); i++)
        zfree_with_flags(blocks[i], MALLOCX_ARENA(arena) | MALLOCX_TCACHE(cache));
    assert_int_equal(zmalloc_used_memory(), used);
    assert_int_equal(je_mallctl("tcache.flush", NULL, NULL, &cache, sizeof cache), 0);
    assert_int_equal(je_mallctl("tcache.destroy", NULL, NULL, &cache, sizeof cache), 0);
    assert_int_equal(je_mallctl("thread.tcache.flush", NULL, NULL, NULL, 0), 0);
    assert_int_equal(je_mallctl("no.such.name", NULL, NULL, NULL, 0), ENOENT);
    assert_int_equal(je_mallctl("tcache.create", NULL, NULL, NULL, 0), EINVAL);
    char name[40];
    snprintf(name, sizeof name, "arena.%u.destroy", arena);
    assert_int_equal(je_mallctl(name, NULL, NULL, NULL, 0), 0);
}

void zm_compat_redis8_stat(void)
{
#ifdef __linux__
    long long value = 0, parent = 0;
    assert_int_equal(get_proc_stat_ll(4, &parent), 1);
    assert_int_equal(parent, getppid());
    assert_int_equal(get_proc_stat_ll(24, &value), 1);
    assert_true(value > 0 || ZM_EMULATOR); /* which tells 0 for most fields */
    assert_int_equal(get_proc_stat_ll(24, NULL), 1);
    value = 77;
    assert_int_equal(get_proc_stat_ll(3, &value), ZM_EMULATOR); /* a letter */
    value = 77;
    assert_int_equal(get_proc_stat_ll(2, &value) + get_proc_stat_ll(-1, &value), 0);
    assert_int_equal(get_proc_stat_ll(1000, &value), 0);
    assert_int_equal(value, 77);
    assert_int_equal(zmalloc_sysinfo_stat(8, NULL), 0); /* maybe -1 */
#endif
}
