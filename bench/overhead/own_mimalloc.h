/* mimalloc's own functions.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_BENCH_OVERHEAD_OWN_MIMALLOC_H
#define ZM_BENCH_OVERHEAD_OWN_MIMALLOC_H

#include <mimalloc.h>

static inline int own_init(void)
{
    mi_process_init();
    return 0;
}

static inline void *own_malloc(size_t size)
{
    return mi_malloc(size);
}

static inline void *own_calloc(size_t size)
{
    return mi_zalloc(size);
}

static inline void *own_realloc(void *ptr, size_t size)
{
    return mi_realloc(ptr, size);
}

static inline void *own_aligned(size_t align, size_t size)
{
    return mi_malloc_aligned(size, align);
}

static inline void own_free(void *ptr)
{
    mi_free(ptr);
}

static inline void own_free_sized(void *ptr, size_t size)
{
    mi_free_size(ptr, size);
}

static inline size_t own_usable(void *ptr)
{
    return mi_usable_size(ptr);
}

#endif
