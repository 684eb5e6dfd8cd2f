/* What the running allocator says of itself, and what it can be told to do.
 *
 * The same names under every backend; which of them a backend has is a matter of capability bits
 * (zmalloc/backend.h, and the table in docs/backends.md). Rules for all functions:
 *  - A figure counts only if its has-bit is set: unknown is not zero, and no figure ever stands in
 *    for another.
 *  - They return 0 or a negative errno, and leave errno itself alone unless they say otherwise:
 *      -ENOTSUP  this allocator, or this system, can't
 *      -EINVAL   bad argument
 *    or what the allocator failed with.
 *  - Thread-safe. They may take the allocator's locks: not for signal handlers or the OOM handler.
 *  - They speak of the running backend; if none is running they make the choice.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZMALLOC_ALLOCATOR_H
#define ZMALLOC_ALLOCATOR_H

#include <stddef.h>
#include <stdint.h>
#include <zmalloc/export.h>

ZMALLOC_BEGIN

/* ---- statistics ---- */

#define ZMALLOC_ALLOCATOR_ALLOCATED      (UINT32_C(1) << 0)
#define ZMALLOC_ALLOCATOR_ACTIVE         (UINT32_C(1) << 1)
#define ZMALLOC_ALLOCATOR_RESIDENT       (UINT32_C(1) << 2)
#define ZMALLOC_ALLOCATOR_MAPPED         (UINT32_C(1) << 3)
#define ZMALLOC_ALLOCATOR_RETAINED       (UINT32_C(1) << 4)
#define ZMALLOC_ALLOCATOR_DIRTY          (UINT32_C(1) << 5)
#define ZMALLOC_ALLOCATOR_MUZZY          (UINT32_C(1) << 6)
#define ZMALLOC_ALLOCATOR_METADATA       (UINT32_C(1) << 7)
#define ZMALLOC_ALLOCATOR_FRAG_SMALLBINS (UINT32_C(1) << 8)
#define ZMALLOC_ALLOCATOR_THREAD_CACHE   (UINT32_C(1) << 9)
#define ZMALLOC_ALLOCATOR_CENTRAL_CACHE  (UINT32_C(1) << 10)
#define ZMALLOC_ALLOCATOR_ARENAS         (UINT32_C(1) << 11)
#define ZMALLOC_ALLOCATOR_USED           (UINT32_C(1) << 12)

/* What taking the sample does; `took_ns` says how long it took here and now. */
#define ZMALLOC_COST_READ   1 /* reads figures that are kept: about a microsecond */
#define ZMALLOC_COST_LOCKS  2 /* takes locks of the allocator in turn: microseconds */
#define ZMALLOC_COST_ARENAS 3 /* visits every arena: microseconds each, up to a second in all */

/* The fields stand in the order of their bits; later versions append. */
struct zmalloc_allocator_info {
    uint32_t struct_size; /* in: sizeof(struct zmalloc_allocator_info) */
    uint32_t has;         /* out: ZMALLOC_ALLOCATOR_*, the fields that hold a figure */
    uint32_t cost;        /* ZMALLOC_COST_* */
    uint32_t arenas;      /* arenas, or heaps, that the process has */
    uint64_t allocated;   /* in blocks that were handed out, as the allocator counts: jemalloc and
                             libc with what lies in thread caches, tcmalloc without; libc with its
                             chunk headers */
    uint64_t active;      /* in pages that hold at least one block, or a cached one */
    uint64_t resident; /* in pages that the allocator believes to be in memory: an upper bound for
                          its part of the RSS, since pages that nobody has touched count too */
    uint64_t mapped;   /* mapped from the system and not given back. jemalloc: without what is
                          retained; mimalloc and tcmalloc: with it */
    uint64_t retained; /* address space that is kept while its memory was given back */
    uint64_t dirty;    /* free, kept in memory for the next who asks: what a purge can give back.
                          libc: free chunks, whole pages or not */
    uint64_t muzzy;    /* free, and given to the system for when it needs memory (MADV_FREE) */
    uint64_t metadata; /* what the allocator needs for itself */
    uint64_t frag_smallbins; /* unused room in slabs of small blocks */
    uint64_t thread_cache;   /* free blocks in the caches of all threads */
    uint64_t central_cache;  /* free blocks in caches that threads share */
    uint64_t used;           /* zmalloc_used_memory() beside the sample: always known */
    uint64_t age_ns;         /* since the allocator last refreshed these figures */
    uint64_t took_ns;        /* what this call has cost */
};

/* One sample of the whole process. `refresh` 0: jemalloc tells what it knew when it was last asked
 * to refresh (the first call refreshes anyway), which costs little; the others' figures are always
 * fresh. -ENOTSUP: the allocator tells nothing; then has, used and no other field is filled. */
ZMALLOC_API int zmalloc_allocator_info(int refresh, struct zmalloc_allocator_info *out);

/* The same of one arena: jemalloc and libc count them from 0, jemalloc leaves out destroyed ones.
 * mimalloc's arenas are heaps of the calling thread, and 0 its first one. -ENODATA: no such arena.
 */
ZMALLOC_API int zmalloc_arena_info(uint32_t arena, int refresh, struct zmalloc_allocator_info *out);

/* ---- ratios, as Redis names them ---- */

#define ZMALLOC_RATIO_FRAGMENTATION  (UINT32_C(1) << 0)
#define ZMALLOC_RATIO_ALLOCATOR_FRAG (UINT32_C(1) << 1)
#define ZMALLOC_RATIO_ALLOCATOR_RSS  (UINT32_C(1) << 2)
#define ZMALLOC_RATIO_RSS_OVERHEAD   (UINT32_C(1) << 3)

/* All from one sample. A ratio whose parts are not both known, or whose divisor is 0, is undefined:
 * it has no has-bit. Bytes are the difference, which may be negative. */
struct zmalloc_ratios {
    uint32_t struct_size;  /* in: sizeof(struct zmalloc_ratios) */
    uint32_t has;          /* out: ZMALLOC_RATIO_* */
    double fragmentation;  /* RSS of the process / used memory */
    double allocator_frag; /* active / allocated */
    double allocator_rss;  /* resident / active */
    double rss_overhead; /* RSS of the process / resident; below 1 if resident was never touched */
    int64_t fragmentation_bytes;
    int64_t allocator_frag_bytes;
    int64_t allocator_rss_bytes;
    int64_t rss_overhead_bytes;
};
ZMALLOC_API int zmalloc_get_ratios(int refresh, struct zmalloc_ratios *out);

/* ---- the names that Redis users know ----
 * Signatures of Redis 6.2 and 7; those of Redis 7.4 and 8 by <zmalloc/redis8.h>, Valkey's by
 * <zmalloc/valkey.h>. They refresh. They have no way to say "unknown": what the allocator can't
 * tell is 0, and then they return 0 instead of 1. */

ZMALLOC_API int zmalloc_get_allocator_info(size_t *allocated, size_t *active, size_t *resident);
/* Redis 7.4 and 8. */
ZMALLOC_API int zmalloc_get_allocator_info_by_arena(unsigned int arena, int refresh_stats,
                                                    size_t *allocated, size_t *active,
                                                    size_t *resident, size_t *frag_smallbins_bytes);
/* Unused room in slabs of small blocks; 0 where it is unknown too. */
ZMALLOC_API size_t zmalloc_get_frag_smallbins(void);

ZMALLOC_END

#endif
