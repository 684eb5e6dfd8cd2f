/* The allocator's functions as the workloads call them. They are bound at compile time, so that a
 * call costs what it costs a program: to libzmalloc, to libc (for the preload library), or to no
 * allocator at all.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_BENCH_WORKLOADS_API_H
#define ZM_BENCH_WORKLOADS_API_H

#include <stddef.h>
#include <stdlib.h>

#if defined(ZM_API_LIBRARY)

#    include <zmalloc.h>

#    define ZM_API      "library"
#    define ZM_VERIFIES 1

static inline void *zm_api_malloc(size_t size)
{
    return ztrymalloc(size);
}

static inline void *zm_api_calloc(size_t size)
{
    return ztrycalloc(size);
}

static inline void *zm_api_aligned(size_t align, size_t size)
{
    return ztryaligned_alloc(align, size);
}

static inline void *zm_api_realloc(void *ptr, size_t old, size_t size)
{
    (void)old;
    return ztryrealloc(ptr, size);
}

static inline void zm_api_free(void *ptr)
{
    zfree(ptr);
}

static inline void zm_api_free_sized(void *ptr, size_t size)
{
    zfree_with_size(ptr, size);
}

#elif defined(ZM_API_PRELOAD)

#    define ZM_API      "preload"
#    define ZM_VERIFIES 1

/* From C23. The preload library has it, but older libcs have not; then free must do. */
void free_sized(void *ptr, size_t size) __attribute__((weak));

static inline void *zm_api_malloc(size_t size)
{
    return malloc(size);
}

static inline void *zm_api_calloc(size_t size)
{
    return calloc(1, size);
}

static inline void *zm_api_aligned(size_t align, size_t size)
{
    void *ptr;
    return posix_memalign(&ptr, align, size) == 0 ? ptr : NULL;
}

static inline void *zm_api_realloc(void *ptr, size_t old, size_t size)
{
    (void)old;
    return realloc(ptr, size);
}

static inline void zm_api_free(void *ptr)
{
    free(ptr);
}

static inline void zm_api_free_sized(void *ptr, size_t size)
{
    if (free_sized)
        free_sized(ptr, size);
    else
        free(ptr);
}

#else

/* Blocks come off a ring, one behind the other, and overlap once it has gone round. That shows what
 * a workload costs without an allocator, in memory that is always there. The contents of blocks
 * cannot be verified. */
#    include "ring.h"

#    define ZM_API            "none"
#    define ZM_VERIFIES       0
#    define zm_api_malloc     zm_ring_malloc
#    define zm_api_calloc     zm_ring_calloc
#    define zm_api_aligned    zm_ring_aligned
#    define zm_api_realloc    zm_ring_realloc
#    define zm_api_free       zm_ring_free
#    define zm_api_free_sized zm_ring_free_sized

#endif

#endif
