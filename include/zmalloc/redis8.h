/* zmalloc.h for programs written for Redis 7.4 and 8: zmalloc_get_allocator_info has their
 * signature.
 *
 * What the allocator can't tell is 0, and then 0 is returned instead of 1.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZMALLOC_REDIS8_H
#define ZMALLOC_REDIS8_H

#include <zmalloc.h>

static inline int zmalloc_get_allocator_info_redis8(int refresh_stats, size_t *allocated,
                                                    size_t *active, size_t *resident,
                                                    size_t *retained, size_t *muzzy,
                                                    size_t *frag_smallbins_bytes)
{
    const uint32_t all = ZMALLOC_ALLOCATOR_ALLOCATED | ZMALLOC_ALLOCATOR_ACTIVE |
                         ZMALLOC_ALLOCATOR_RESIDENT | ZMALLOC_ALLOCATOR_RETAINED |
                         ZMALLOC_ALLOCATOR_MUZZY | ZMALLOC_ALLOCATOR_FRAG_SMALLBINS;
    struct zmalloc_allocator_info info;
    info.struct_size = sizeof info;
    zmalloc_allocator_info(refresh_stats, &info);
    *allocated = (size_t)info.allocated;
    *active = (size_t)info.active;
    *resident = (size_t)info.resident;
    *retained = (size_t)info.retained;
    *muzzy = (size_t)info.muzzy;
    *frag_smallbins_bytes = (size_t)info.frag_smallbins;
    return (info.has & all) == all;
}

#undef zmalloc_get_allocator_info
#define zmalloc_get_allocator_info zmalloc_get_allocator_info_redis8

#endif
