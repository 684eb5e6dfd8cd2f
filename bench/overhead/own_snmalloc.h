/* snmalloc's own functions.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_BENCH_OVERHEAD_OWN_SNMALLOC_H
#define ZM_BENCH_OVERHEAD_OWN_SNMALLOC_H

#include <snmalloc_c.h>

static inline int own_init(void)
{
    return 0;
}

static inline void *own_malloc(size_t size)
{
    return sn_malloc(size);
}

static inline void *own_calloc(size_t size)
{
    return sn_calloc(1, size);
}

static inline void *own_realloc(void *ptr, size_t size)
{
    return sn_realloc(ptr, size);
}

static inline void *own_aligned(size_t align, size_t size)
{
    return sn_memalign(align, size);
}

static inline void own_free(void *ptr)
{
    sn_free(ptr);
}

static inline void own_free_sized(void *ptr, size_t size)
{
    sn_free_sized(ptr, size);
}

static inline size_t own_usable(void *ptr)
{
    return sn_malloc_usable_size(ptr);
}

#endif
