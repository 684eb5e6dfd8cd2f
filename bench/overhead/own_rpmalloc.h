/* rpmalloc's own functions.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_BENCH_OVERHEAD_OWN_RPMALLOC_H
#define ZM_BENCH_OVERHEAD_OWN_RPMALLOC_H

#include <rpmalloc.h>

static inline int own_init(void)
{
    return rpmalloc_initialize(NULL);
}

static inline void *own_malloc(size_t size)
{
    return rpmalloc(size);
}

static inline void *own_calloc(size_t size)
{
    return rpzalloc(size);
}

static inline void *own_realloc(void *ptr, size_t size)
{
    return rprealloc(ptr, size);
}

static inline void *own_aligned(size_t align, size_t size)
{
    return rpaligned_alloc(align, size);
}

static inline void own_free(void *ptr)
{
    rpfree(ptr);
}

static inline void own_free_sized(void *ptr, size_t size)
{
    (void)size;
    rpfree(ptr);
}

static inline size_t own_usable(void *ptr)
{
    return rpmalloc_usable_size(ptr);
}

#endif
