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
    uint64_t dirty;    /* free, kept in memory for the next request: what a purge can give back.
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
 * tell is 0, and then they return 0 instead of 1. NULL may be passed for a figure that isn't
 * wanted. */

ZMALLOC_API int zmalloc_get_allocator_info(size_t *allocated, size_t *active, size_t *resident);
/* Redis 7.4 and 8. */
ZMALLOC_API int zmalloc_get_allocator_info_by_arena(unsigned int arena, int refresh_stats,
                                                    size_t *allocated, size_t *active,
                                                    size_t *resident, size_t *frag_smallbins_bytes);
/* Unused room in slabs of small blocks; 0 where it is unknown too. */
ZMALLOC_API size_t zmalloc_get_frag_smallbins(void);

/* ---- giving memory back ---- */

/* Gives what is free and still in memory back to the system, now. jemalloc: the dirty and muzzy
 * pages of all arenas; tcmalloc: the page heap's free spans; mimalloc: what the calling thread and
 * exited ones have free; libc: malloc_trim. Thread caches stay: flush them first. */
ZMALLOC_API int zmalloc_purge(void);

/* Threads of the allocator's own that purge. After fork a child has none until it turns them on. */
ZMALLOC_API int zmalloc_set_background_purge(int on);
ZMALLOC_API int zmalloc_get_background_purge(int *on);

/* How long free pages are kept before they are given back: milliseconds, 0 at once, -1 for good.
 * jemalloc: all arenas, those to come included. mimalloc knows dirty pages only. */
#define ZMALLOC_DECAY_DIRTY 1
#define ZMALLOC_DECAY_MUZZY 2
ZMALLOC_API int zmalloc_set_decay(int which, int64_t ms);
ZMALLOC_API int zmalloc_get_decay(int which, int64_t *ms);

/* Empties the calling thread's cache; mimalloc: collects what its heaps have free. */
ZMALLOC_API int zmalloc_flush_thread_cache(void);

/* ---- caches of one's own ----
 * A cache that belongs to no thread, for blocks that go through it by ZMALLOC_TCACHE(n): those of
 * an interpreter, say, which are then not mixed with others. One thread at a time may use it, and
 * all that goes through it should be of one arena.
 *
 * Without ZMALLOC_CAP_TCACHES (all but jemalloc), and where something stands before the allocator
 * (a limit, a wrap), create succeeds too and gives ZMALLOC_TCACHE_AUTOMATIC: the calling thread's
 * own cache, of which ZMALLOC_TCACHE is 0, no flag at all. Flushing that is
 * zmalloc_flush_thread_cache as far as there is one, and destroying it does nothing. So a program
 * needs no second way. */

#define ZMALLOC_TCACHE_AUTOMATIC (UINT32_MAX - 1)

ZMALLOC_API int zmalloc_tcache_create(uint32_t *cache);
/* -EINVAL: no such cache. */
ZMALLOC_API int zmalloc_tcache_flush(uint32_t cache);
/* Flushes it first. */
ZMALLOC_API int zmalloc_tcache_destroy(uint32_t cache);

/* ---- arenas ----
 * An arena of one's own keeps blocks together that belong together. It is allocated from by
 * assigning it to a thread, or for single blocks by ZMALLOC_ARENA(n). Blocks are freed as all
 * others.
 *
 * With ZMALLOC_CAP_THREAD_ARENAS (mimalloc) an arena is a heap of the thread that created it, good
 * in that thread alone: its number means nothing, or something else, in another. Up to 15 each. */

ZMALLOC_API int zmalloc_arena_create(uint32_t *arena);

/* jemalloc: -EBUSY while the arena has blocks, those in thread caches included, or threads.
 * mimalloc: its blocks live on in the thread's first heap. -EINVAL: not one that was created. */
ZMALLOC_API int zmalloc_arena_destroy(uint32_t arena);

/* From now on the calling thread allocates from this arena: a created one, or those that the
 * allocator has by itself (mimalloc: 0; jemalloc: 0 to zmalloc_arena_assigned() of any thread that
 * was never assigned one). */
ZMALLOC_API int zmalloc_arena_assign(uint32_t arena);
ZMALLOC_API int zmalloc_arena_assigned(uint32_t *arena);

/* Of this ZMALLOC_ARENA is 0, no flag at all: the arena that the thread is assigned to. */
#define ZMALLOC_ARENA_AUTOMATIC UINT32_MAX

/* ---- what only some allocators know ---- */

/* jemalloc's mallctl: an option or a figure by its name. `old` and `*old_size` receive its value,
 * `new_value` and `new_size` set it; each pair may be NULL and 0. Returns 0 or a negative errno:
 *      -ENOENT  no such name: under all allocators but jemalloc most of them
 *      -EPERM   the name can't be read, or set; or it would take blocks away uncounted
 * (arena.N.reset)
 *
 * Under every allocator there are those that programs can't do without: arenas.create (without
 * arenas that all threads can use, ZMALLOC_ARENA_AUTOMATIC), arena.N.destroy, tcache.create,
 * tcache.flush, tcache.destroy and thread.tcache.flush, as the functions above do them. */
ZMALLOC_API int zmalloc_ctl(const char *name, void *old, size_t *old_size, void *new_value,
                            size_t new_size);

/* A report for people, in pieces to `write`: the allocator's own where it has one that goes
 * through no file (jemalloc, which knows `options`: see its malloc_stats_print), else its figures
 * and those of the account. Never empty. `options` may be NULL. */
ZMALLOC_API void zmalloc_stats_print(void (*write)(void *opaque, const char *text), void *opaque,
                                     const char *options);

/* The usable bytes that a block of `size` would have; 0: unknown (libc, tcmalloc, a wrap). */
ZMALLOC_API size_t zmalloc_good_size(size_t size);

/* ---- pages of a block ---- */

#define ZMALLOC_ADVISE_DONTNEED   1 /* drop the contents: the pages read as zero */
#define ZMALLOC_ADVISE_HUGEPAGE   2 /* transparent huge pages: do, don't */
#define ZMALLOC_ADVISE_NOHUGEPAGE 3
#define ZMALLOC_ADVISE_DONTDUMP   4 /* core dumps: leave out, put in */
#define ZMALLOC_ADVISE_DODUMP     5

/* Tells the system about the pages that lie wholly inside a live block, under any allocator.
 * Returns their bytes (0: the block has none), or -ENOTSUP, -EINVAL, or what madvise failed with.
 * But for DONTNEED the pages keep the advice when the block is freed: undo it before. Linux. */
ZMALLOC_API int64_t zmalloc_advise(void *ptr, int advice);

/* Transparent huge pages for the whole process, and its children to come. Linux. */
ZMALLOC_API int zmalloc_set_huge_pages(int on);

/* ---- flags ----
 * Encoded as jemalloc's MALLOCX_* (so a program that uses those for the functions below is
 * understood), and good under every allocator:
 *
 *  ZMALLOC_ALIGN(a)  a power of two; ZMALLOC_LG_ALIGN(n): 2 to the n. Always honoured.
 *  ZMALLOC_ZERO      the block is zero; when it grows, what lies beyond its old usable bytes.
 *                    Always honoured.
 *  ZMALLOC_NO_TCACHE past the thread's cache. A hint: without ZMALLOC_CAP_CACHE_BYPASS (all but
 *                    jemalloc) the plain call.
 *  ZMALLOC_TCACHE(n) through cache n (zmalloc_tcache_create) in place of the thread's. Fails with
 *                    EINVAL if there is no such cache.
 *  ZMALLOC_ARENA(n)  from arena n, past the thread's cache, or through that of ZMALLOC_TCACHE.
 *                    Honoured or it fails: with ENOTSUP without ZMALLOC_CAP_ARENAS, with EINVAL if
 *                    there is no such arena here.
 *
 * Other bits fail with EINVAL. The plain functions call the OOM
 * handler for any failure, the try functions return NULL. Where something stands before the
 * allocator (a limit, a wrap), NO_TCACHE and TCACHE have no effect and ARENA fails with ENOTSUP.
 *
 * Freed by any function; zfree_with_size is for blocks without ALIGN. zfree_with_flags looks at
 * NO_TCACHE and TCACHE alone; a cache that is no more counts as none. */

#define ZMALLOC_LG_ALIGN(n) ((int)(n))
#define ZMALLOC_ALIGN(a)    ZMALLOC_LG_ALIGN(zmalloc_lg(a))
#define ZMALLOC_ZERO        0x40
#define ZMALLOC_NO_TCACHE   0x100
#define ZMALLOC_TCACHE(n)   ((int)(((unsigned)(n) + 2U) << 8))
#define ZMALLOC_ARENA(n)    ((int)(((unsigned)(n) + 1U) << 20))

/* The logarithm of a power of two. */
static inline int zmalloc_lg(size_t power)
{
    int lg = 0;
    while (power > 1) {
        power >>= 1;
        lg++;
    }
    return lg;
}

ZMALLOC_API void *zmalloc_with_flags(size_t size, int flags) ZMALLOC_ATTR((malloc, alloc_size(1)));
ZMALLOC_API void *ztrymalloc_with_flags(size_t size, int flags)
    ZMALLOC_ATTR((malloc, alloc_size(1)));
/* As zrealloc: NULL allocates, size 0 frees; a failure leaves the block as it was. */
ZMALLOC_API void *zrealloc_with_flags(void *ptr, size_t size, int flags)
    ZMALLOC_ATTR((alloc_size(2)));
ZMALLOC_API void *ztryrealloc_with_flags(void *ptr, size_t size, int flags)
    ZMALLOC_ATTR((alloc_size(2)));
ZMALLOC_API void zfree_with_flags(void *ptr, int flags);

/* With ZMALLOC_NO_TCACHE. */
ZMALLOC_API void *zmalloc_no_tcache(size_t size) ZMALLOC_ATTR((malloc, alloc_size(1)));
ZMALLOC_API void zfree_no_tcache(void *ptr);

/* ---- defragmentation ----
 * Small blocks of one size lie in slabs (jemalloc) or pages (mimalloc). Whoever holds all pointers
 * to a block may have it moved, if that helps to empty its slab: zdefrag does, where it does, and
 * the emptied slabs go back to the system as the allocator purges. Needs ZMALLOC_CAP_DEFRAG, and
 * nothing else running in between the exported names and the allocator (a wrap, a limit).
 *
 * mimalloc: of blocks that the calling thread allocated. Not for blocks of the aligned functions or
 * of ZMALLOC_ALIGN: a moved block has the alignment that zmalloc promises. */

/* Whether defragmentation can be, here and now: 1 or 0. What HAVE_DEFRAG can't tell, since the
 * backend is a choice of the environment. */
ZMALLOC_API int zmalloc_can_defrag(void);

struct zmalloc_defrag_hint {
    uint32_t struct_size; /* in: sizeof(struct zmalloc_defrag_hint) */
    uint32_t current;     /* 1: new blocks of this size come from this slab */
    uint64_t used, room;  /* blocks in the slab, and those it has room for; room below 2: no slab */
    uint64_t all_used, all_room; /* the same over all slabs of the size (mimalloc: those that have
                                    room); 0, 0 where the block's own slab is full */
};

/* Where a live block lies. 0, -EINVAL, -ENOTSUP. */
ZMALLOC_API int zmalloc_get_defrag_hint(const void *ptr, struct zmalloc_defrag_hint *out);

/* 1: the block's slab is not fuller than the average by more than an eighth, is not the one that is
 * being filled, and all of its blocks would find room in the others. 0: not. -ENOTSUP. About 0.1 to
 * 0.5 us. */
ZMALLOC_API int zmalloc_should_defrag(const void *ptr);

/* The same of many, which is cheaper: should[i] becomes 1 or 0. 0 or -ENOTSUP (should untouched).
 */
ZMALLOC_API int zmalloc_should_defrag_many(void *const *ptrs, size_t count, unsigned char *should);

/* Moves a block that should be: the block it is now in (ptr is freed), or NULL: it stays. Past the
 * thread's cache, and from the arena that it was from. Never calls the OOM handler. */
ZMALLOC_API void *zdefrag(void *ptr);

/* ---- steering by the names that Redis users know ---- */

/* zmalloc_advise(ptr, ZMALLOC_ADVISE_DONTNEED), which tells nothing. */
ZMALLOC_API void zmadvise_dontneed(void *ptr);
/* zmalloc_set_background_purge, which tells nothing; under any allocator that has it. */
ZMALLOC_API void set_jemalloc_bg_thread(int enable);
/* zmalloc_purge under any allocator: 0 or -1. */
ZMALLOC_API int jemalloc_purge(void);

ZMALLOC_END

#endif
