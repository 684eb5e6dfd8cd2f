/* zmalloc.h for programs written for Valkey 8 and 9: the signatures of theirs, and what is in their
 * allocator_defrag.h, under any allocator that can defragment.
 *
 * ZMALLOC_VALKEY_VERSION, defined before this is included, names the version as Valkey's version.h
 * does: 0x00080000 is 8.0, whose zmalloc_get_allocator_info has a sixth figure and whose
 * zmadvise_dontneed has no size. Without it the signatures are the newest. Valkey 7.2 is served by
 * <zmalloc/redis.h>.
 *
 * Of figures: what the allocator can't tell is 0, and then 0 is returned instead of 1.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZMALLOC_VALKEY_H
#define ZMALLOC_VALKEY_H

#include <zmalloc/redis.h>

#ifndef ZMALLOC_VALKEY_VERSION
#    define ZMALLOC_VALKEY_VERSION 0x00ffffff
#endif

#if ZMALLOC_VALKEY_VERSION < 0x00080100

static inline int zmalloc_get_allocator_info_valkey(size_t *allocated, size_t *active,
                                                    size_t *resident, size_t *retained,
                                                    size_t *muzzy, size_t *frag_smallbins_bytes)
{
    return zmalloc_redis_info(1, ZMALLOC_REDIS_FIGURES | ZMALLOC_ALLOCATOR_FRAG_SMALLBINS,
                              allocated, active, resident, retained, muzzy, frag_smallbins_bytes);
}

#else

static inline int zmalloc_get_allocator_info_valkey(size_t *allocated, size_t *active,
                                                    size_t *resident, size_t *retained,
                                                    size_t *muzzy)
{
    return zmalloc_redis_info(1, ZMALLOC_REDIS_FIGURES, allocated, active, resident, retained,
                              muzzy, NULL);
}

/* Nothing to be had where the caller knows of less than two pages. */
static inline void zmadvise_dontneed_valkey(void *ptr, size_t size_hint)
{
    if (size_hint == 0 || size_hint / 2 >= 4096)
        zmalloc_advise(ptr, ZMALLOC_ADVISE_DONTNEED);
}

#    undef zmadvise_dontneed
#    define zmadvise_dontneed zmadvise_dontneed_valkey

#endif

#undef zmalloc_get_allocator_info
#define zmalloc_get_allocator_info zmalloc_get_allocator_info_valkey

/* ---- allocator_defrag.h, which came with 8.1 ---- */

#if ZMALLOC_VALKEY_VERSION >= 0x00080100

/* 0, under every allocator: servers don't start without. Whether it can is zmalloc_can_defrag(). */
static inline int allocatorDefragInit(void)
{
    return 0;
}

static inline void *allocatorDefragAlloc(size_t size)
{
    return zmalloc_no_tcache(size);
}

static inline void allocatorDefragFree(void *ptr, size_t size)
{
    (void)size;
    zfree_no_tcache(ptr);
}

static inline unsigned long allocatorDefragGetFragSmallbins(void)
{
    return (unsigned long)zmalloc_get_frag_smallbins();
}

static inline int allocatorShouldDefrag(void *ptr)
{
    return zmalloc_should_defrag(ptr) > 0;
}

/* In percent of what is allocated; 0 where that is unknown. */
static inline float getAllocatorFragmentation(size_t *out_frag_bytes)
{
    size_t allocated = 0, frag = 0;
    zmalloc_redis_info(1, 0, &allocated, NULL, NULL, NULL, NULL, &frag);
    zmalloc_redis_tell(out_frag_bytes, frag);
    return allocated ? (float)frag / (float)allocated * 100 : 0;
}

#endif

#endif
