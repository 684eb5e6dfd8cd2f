/* A heap, as the library has it.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_ACCOUNTING_HEAPS_HEAP_H
#define ZM_ACCOUNTING_HEAPS_HEAP_H

#include <assert.h>
#include <stdalign.h>
#include <stdbool.h>
#include <stdint.h>
#include <zmalloc/heap.h>

#include "base/compiler.h"
#include "base/live_format.h"

ZMALLOC_BEGIN

struct zm_front;

/* What one slot's threads have counted in a heap: written by the slot's owner alone, never reset,
 * as the slot itself. */
struct zm_part {
    alignas(64) uint64_t allocated;
    uint64_t freed, allocs, frees;
    uint64_t look_at; /* value of allocated at which to look at the peak */
    int64_t held;     /* allocated - freed at the last look */
    int64_t least;    /* of that since this thread last summed up, or less */
    uint64_t before;  /* freed at the last look */
};

struct zmalloc_heap {
    /* What other processes read, and we. Aligned so that a number becomes an address by a shift. */
    alignas(512) struct zm_live_heap told;

    /* Not written between the heap's making and its end, but for its limits. */
    alignas(64) uint32_t live;
    uint32_t simple;       /* live, and without limit and parent */
    uint32_t nested;       /* would be plain, but for parents, which have no limits either */
    uint32_t bounded;      /* would be plain, but for a limit of its own */
    uint32_t number;       /* its place in the table */
    uint32_t mark;         /* of its blocks, but for where they start: marks.h */
    struct zm_part *parts; /* by the place of the slot; they outlive the heap */
    struct zm_part *plain; /* these, if it is simple and its blocks are as plain ones; or NULL */
    zmalloc_heap *parent;  /* NULL: none */
    const struct zm_front *front; /* of its own backend, to be counted beside; NULL: blocks as
                                     plain ones */
    zmalloc_heap *limited;        /* the nearest with a limit, itself included; NULL: none */
    zmalloc_heap *limited_above;  /* the next one after itself */
    uint64_t least, most;         /* where to call reclaim or refuse; where to refuse */

    /* Used bytes, and those that are about to be: counted only in a heap with a limit. */
    alignas(64) uint64_t charged;
    uint32_t children; /* changes under the lock of heaps.c */
};
static_assert(sizeof(struct zmalloc_heap) == 512, "a power of two");

ZM_INLINE bool zm_heap_is_simple(const zmalloc_heap *heap)
{
    return ZM_LOAD(heap->simple);
}

ZM_INLINE bool zm_heap_is_nested(const zmalloc_heap *heap)
{
    return ZM_LOAD(heap->nested);
}

ZM_INLINE bool zm_heap_is_bounded(const zmalloc_heap *heap)
{
    return ZM_LOAD(heap->bounded);
}

ZM_INLINE struct zm_part *zm_heap_plain_parts(const zmalloc_heap *heap)
{
    return ZM_LOAD(heap->plain);
}

/* Whoever finds it live finds it filled in. */
ZM_INLINE bool zm_heap_is_live(const zmalloc_heap *heap)
{
    return heap && __atomic_load_n(&heap->live, __ATOMIC_ACQUIRE);
}

ZMALLOC_END

#endif
