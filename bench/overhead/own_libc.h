/* The functions of libc, which has no sized free.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_BENCH_OVERHEAD_OWN_LIBC_H
#define ZM_BENCH_OVERHEAD_OWN_LIBC_H

#include <malloc.h>
#include <stdlib.h>

static inline int own_init(void)
{
    return 0;
}

static inline void *own_malloc(size_t size)
{
    return malloc(size);
}

static inline void *own_calloc(size_t size)
{
    return calloc(1, size);
}

static inline void *own_realloc(void *ptr, size_t size)
{
    return realloc(ptr, size);
}

static inline void *own_aligned(size_t align, size_t size)
{
    return memalign(align, size);
}

static inline void own_free(void *ptr)
{
    free(ptr);
}

static inline void own_free_sized(void *ptr, size_t size)
{
    (void)size;
    free(ptr);
}

static inline size_t own_usable(void *ptr)
{
    return malloc_usable_size(ptr);
}

#endif
