/* zmalloc.h for programs written for Redis 7.4 and 8: the signatures of theirs.
 *
 * ZMALLOC_REDIS_VERSION, defined before this is included, names the version as Redis's version.h
 * does: 0x00070400 is 7.4. Without it the signatures are the newest. Since 8.4 (0x00080400)
 * zrealloc_usable and ztryrealloc_usable tell the usable bytes of before, too.
 *
 * Of figures: what the allocator can't tell is 0, and then 0 is returned instead of 1. The
 * `resident` of an arena is the arena's; Redis's own asks jemalloc for a name that there isn't and
 * tells 0.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZMALLOC_REDIS8_H
#define ZMALLOC_REDIS8_H

#include <zmalloc/redis.h>

#ifndef ZMALLOC_REDIS_VERSION
#    define ZMALLOC_REDIS_VERSION 0x00ffffff
#endif

static inline int zmalloc_get_allocator_info_redis8(int refresh_stats, size_t *allocated,
                                                    size_t *active, size_t *resident,
                                                    size_t *retained, size_t *muzzy,
                                                    size_t *frag_smallbins_bytes)
{
    return zmalloc_redis_info(refresh_stats,
                              ZMALLOC_REDIS_FIGURES | ZMALLOC_ALLOCATOR_FRAG_SMALLBINS, allocated,
                              active, resident, retained, muzzy, frag_smallbins_bytes);
}

#undef zmalloc_get_allocator_info
#define zmalloc_get_allocator_info zmalloc_get_allocator_info_redis8

#if ZMALLOC_REDIS_VERSION >= 0x00080400

/* A failure leaves the block as it was, and tells 0 and the usable bytes that it has. */
static inline void *zrealloc_usable_redis8(void *ptr, size_t size, size_t *usable,
                                           size_t *old_usable)
{
    if (old_usable)
        *old_usable = zmalloc_size(ptr);
    return zrealloc_usable(ptr, size, usable);
}

static inline void *ztryrealloc_usable_redis8(void *ptr, size_t size, size_t *usable,
                                              size_t *old_usable)
{
    if (old_usable)
        *old_usable = zmalloc_size(ptr);
    return ztryrealloc_usable(ptr, size, usable);
}

#    undef zrealloc_usable
#    define zrealloc_usable zrealloc_usable_redis8
#    undef ztryrealloc_usable
#    define ztryrealloc_usable ztryrealloc_usable_redis8

#endif

/* Of the Redis of 2026: slots of an account that has as many as there are threads. */
static inline void zmalloc_reserve_thread_slots(int n)
{
    (void)n;
}

static inline void zmalloc_register_reserved_slot(void)
{
}

#endif
