/* zmalloc.h for programs written for Valkey 8: zmalloc_get_allocator_info has its signature.
 *
 * What the allocator can't tell is 0, and then 0 is returned instead of 1.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZMALLOC_VALKEY_H
#define ZMALLOC_VALKEY_H

#include <zmalloc.h>

static inline int zmalloc_get_allocator_info_valkey(size_t *allocated, size_t *active,
                                                    size_t *resident, size_t *retained,
                                                    size_t *muzzy)
{
    const uint32_t all = ZMALLOC_ALLOCATOR_ALLOCATED | ZMALLOC_ALLOCATOR_ACTIVE |
                         ZMALLOC_ALLOCATOR_RESIDENT | ZMALLOC_ALLOCATOR_RETAINED |
                         ZMALLOC_ALLOCATOR_MUZZY;
    struct zmalloc_allocator_info info;
    info.struct_size = sizeof info;
    zmalloc_allocator_info(1, &info);
    *allocated = (size_t)info.allocated;
    *active = (size_t)info.active;
    *resident = (size_t)info.resident;
    *retained = (size_t)info.retained;
    *muzzy = (size_t)info.muzzy;
    return (info.has & all) == all;
}

#undef zmalloc_get_allocator_info
#define zmalloc_get_allocator_info zmalloc_get_allocator_info_valkey

#endif
