/* jemalloc's own functions.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_BENCH_OVERHEAD_OWN_JEMALLOC_H
#define ZM_BENCH_OVERHEAD_OWN_JEMALLOC_H

#include <jemalloc/jemalloc.h>

static inline int own_init(void)
{
    return 0;
}

static inline void *own_malloc(size_t size)
{
    return je_malloc(size);
}

static inline void *own_calloc(size_t size)
{
    return je_calloc(1, size);
}

static inline void *own_realloc(void *ptr, size_t size)
{
    return je_realloc(ptr, size);
}

static inline void *own_aligned(size_t align, size_t size)
{
    return je_memalign(align, size);
}

static inline void own_free(void *ptr)
{
    je_free(ptr);
}

static inline void own_free_sized(void *ptr, size_t size)
{
    je_sdallocx(ptr, size, 0);
}

static inline size_t own_usable(void *ptr)
{
    return je_malloc_usable_size(ptr);
}

#endif
