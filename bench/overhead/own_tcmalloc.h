/* The own functions of both tcmallocs. OWN(name) makes the name of one.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_BENCH_OVERHEAD_OWN_TCMALLOC_H
#define ZM_BENCH_OVERHEAD_OWN_TCMALLOC_H

static inline int own_init(void)
{
    return OWN(init)();
}

static inline void *own_malloc(size_t size)
{
    return OWN(malloc)(size);
}

static inline void *own_calloc(size_t size)
{
    return OWN(calloc)(1, size);
}

static inline void *own_realloc(void *ptr, size_t size)
{
    return OWN(realloc)(ptr, size);
}

static inline void *own_aligned(size_t align, size_t size)
{
    return OWN(memalign)(align, size);
}

static inline void own_free(void *ptr)
{
    OWN(free)(ptr);
}

static inline void own_free_sized(void *ptr, size_t size)
{
    OWN(free_sized)(ptr, size);
}

static inline size_t own_usable(void *ptr)
{
    return OWN(malloc_size)(ptr);
}

#endif
