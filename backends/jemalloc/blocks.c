/* jemalloc: blocks by flags, and the slabs they lie in.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <jemalloc/jemalloc.h>
#include <pthread.h>

#include "control.h"

/* ---- flags: zmalloc encodes them as jemalloc does ---- */

_Static_assert(ZMALLOC_ZERO == MALLOCX_ZERO && ZMALLOC_NO_TCACHE == MALLOCX_TCACHE_NONE &&
                   ZMALLOC_TCACHE(3) == MALLOCX_TCACHE(3) && ZMALLOC_ARENA(3) == MALLOCX_ARENA(3),
               "flags are encoded alike");

/* The usable bytes of a block, for assertions alone: jemalloc has counted them itself. */
static size_t usable_to_assert(const void *ptr)
{
#ifdef NDEBUG
    (void)ptr;
    return 0;
#else
    return ptr ? je_sallocx(ptr, 0) : 0;
#endif
}

static struct zm_block block(void *ptr)
{
    return (struct zm_block){ptr, usable_to_assert(ptr)};
}

/* A thread's cache holds blocks of the thread's own arena, so blocks of a given one come past it;
 * what an explicit cache holds is its user's business. */
static int past_cache(int flags)
{
    bool mixes = (uint32_t)flags & ZM_ARENA_FLAGS && !((uint32_t)flags & ZM_TCACHE_FLAGS);
    return mixes ? flags | MALLOCX_TCACHE_NONE : flags;
}

struct zm_block ZM_MODULE_SYMBOL(alloc_flags)(size_t size, int flags)
{
    return block(je_mallocx(size, past_cache(flags)));
}

struct zm_block ZM_MODULE_SYMBOL(resize_flags)(void *ptr, size_t size, int flags, size_t *old)
{
    *old = usable_to_assert(ptr);
    return block(je_rallocx(ptr, size, past_cache(flags)));
}

size_t ZM_MODULE_SYMBOL(release_flags)(void *ptr, int flags)
{
    size_t old = usable_to_assert(ptr);
    je_dallocx(ptr, flags);
    return old;
}

/* ---- slabs ---- */

/* As experimental.utilization.batch_query and .query write them. */
struct extent {
    size_t nfree, nregs, size;
};
struct extent_and_bin {
    void *slabcur;
    size_t nfree, nregs, size, bin_nfree, bin_nregs;
};

enum { BATCH = 64 };

/* mallctl looks a name up in a tree of strings, so these are looked up only once. */
static size_t batch_mib[3], query_mib[3], lookup_mib[2];
static int mib_error;

static void find_mibs(void)
{
    size_t batch = 3, query = 3, lookup = 2;
    mib_error = je_mallctlnametomib("experimental.utilization.batch_query", batch_mib, &batch) ||
                je_mallctlnametomib("experimental.utilization.query", query_mib, &query) ||
                je_mallctlnametomib("arenas.lookup", lookup_mib, &lookup);
}

static int need_mibs(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, find_mibs);
    return mib_error ? -ENOTSUP : 0;
}

/* The figures are live ones; the statistics of bins are as old as the epoch. */
static void ask_bin(void *ptr, struct zm_slab *out)
{
    struct extent_and_bin found;
    size_t size = sizeof found;
    if (je_mallctlbymib(query_mib, 3, &found, &size, &ptr, sizeof ptr) != 0)
        return;
    out->used = found.nregs - found.nfree;
    out->all_room = found.bin_nregs;
    out->all_used = found.bin_nregs - found.bin_nfree;
    out->current = (uintptr_t)ptr - (uintptr_t)found.slabcur < found.size;
}

/* Most blocks lie in full slabs or in none. To ask about a bin costs more, so that is done only
 * for the others. */
static int ask_batch(void *const *ptrs, size_t count, struct zm_slab *out)
{
    struct extent found[BATCH];
    size_t size = count * sizeof *found;
    int error = je_mallctlbymib(batch_mib, 3, found, &size, (void *)ptrs, count * sizeof *ptrs);
    for (size_t i = 0; i < count && !error; i++) {
        out[i] = (struct zm_slab){.used = found[i].nregs - found[i].nfree, .room = found[i].nregs};
        if (found[i].nfree)
            ask_bin(ptrs[i], &out[i]);
    }
    return -error;
}

int ZM_MODULE_SYMBOL(slabs)(void *const *ptrs, size_t count, struct zm_slab *out)
{
    int error = need_mibs();
    while (count && !error) {
        size_t some = count < BATCH ? count : BATCH;
        error = ask_batch(ptrs, some, out);
        ptrs += some, out += some, count -= some;
    }
    return error;
}

struct zm_block ZM_MODULE_SYMBOL(alloc_near)(const void *ptr, size_t size)
{
    unsigned arena = 0;
    size_t length = sizeof arena;
    int flags = MALLOCX_TCACHE_NONE;
    if (je_mallctlbymib(lookup_mib, 2, &arena, &length, &ptr, sizeof ptr) == 0)
        flags |= MALLOCX_ARENA(arena);
    return block(je_mallocx(size, flags));
}
