/* What stands in for an allocator: a pointer that moves on in a ring of the thread's own.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_BENCH_WORKLOADS_RING_H
#define ZM_BENCH_WORKLOADS_RING_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define ZM_RING_BYTES ((size_t)256 << 10) /* fits into a second-level cache */
#define ZM_RING_ALIGN 16

struct zm_ring {
    char *next, *end;
};

extern _Thread_local struct zm_ring zm_ring;

/* Gives the thread a ring, or begins its ring again. Larger blocks all lie in one place. */
void *zm_ring_slow(size_t size);

static inline void *zm_ring_malloc(size_t size)
{
    size_t room = (size + ZM_RING_ALIGN - 1) & ~(size_t)(ZM_RING_ALIGN - 1);
    char *ptr = zm_ring.next;
    if (room > (size_t)(zm_ring.end - ptr))
        return zm_ring_slow(size);
    zm_ring.next = ptr + room;
    return ptr;
}

/* Large blocks are not cleared: a calloc of untouched pages costs nothing. */
static inline void *zm_ring_calloc(size_t size)
{
    void *ptr = zm_ring_malloc(size);
    return ptr && size <= ZM_RING_BYTES ? memset(ptr, 0, size) : ptr;
}

static inline void *zm_ring_aligned(size_t align, size_t size)
{
    char *ptr = zm_ring_malloc(size + align);
    return ptr ? ptr + (-(uintptr_t)ptr & (align - 1)) : NULL;
}

static inline void *zm_ring_realloc(void *ptr, size_t old, size_t size)
{
    void *moved = zm_ring_malloc(size);
    return moved && size <= ZM_RING_BYTES ? memmove(moved, ptr, old < size ? old : size) : moved;
}

static inline void zm_ring_free(void *ptr)
{
    __asm__ volatile("" ::"r"(ptr) : "memory");
}

static inline void zm_ring_free_sized(void *ptr, size_t size)
{
    __asm__ volatile("" ::"r"(ptr), "r"(size) : "memory");
}

#endif
