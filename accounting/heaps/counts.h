/* The account of a heap: a part for each slot, written by the slot's owner, and the sums. Whoever
 * counts in a heap counts in its parents too.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_ACCOUNTING_HEAPS_COUNTS_H
#define ZM_ACCOUNTING_HEAPS_COUNTS_H

#include "accounting/count.h"
#include "heap.h"

ZMALLOC_BEGIN

/* As many threads at once as have a part; more count in one that they share. */
#define ZM_HEAP_PARTS 4096

/* For one heap: the thread has no part, or its part's batch is at its end. */
ZM_COLD void zm_heap_count_shared(zmalloc_heap *heap, uint64_t allocated, uint64_t freed,
                                  uint64_t allocs, uint64_t frees);
ZM_COLD void zm_heap_look_at_peak(zmalloc_heap *heap, struct zm_part *part);

/* Whether a slot has parts, and is its thread's: else what is counted is shared. */
ZM_INLINE bool zm_heap_has_part(const struct zm_slot *me)
{
    return ZM_LIKELY(me->index < ZM_HEAP_PARTS);
}

/* In this heap alone. True: it is time to look at the peak. */
ZM_INLINE bool zm_part_count_alloc(struct zm_part *part, size_t usable)
{
    uint64_t total = ZM_LOAD(part->allocated) + usable;
    ZM_PUBLISH(part->allocated, total);
    ZM_ADD(part->allocs, 1);
    return ZM_UNLIKELY(total >= part->look_at);
}

/* The call is counted last: a heap may end once all its blocks' are. */
ZM_INLINE void zm_part_count_free(struct zm_part *part, size_t usable)
{
    ZM_ADD(part->freed, usable);
    ZM_ADD_LAST(part->frees, 1);
}

/* In the heap and all above it, of a thread that has parts. */
ZM_INLINE void zm_parts_count_alloc(zmalloc_heap *heap, const struct zm_slot *me, size_t usable)
{
    for (; heap; heap = heap->parent)
        if (zm_part_count_alloc(&heap->parts[me->index], usable))
            zm_heap_look_at_peak(heap, &heap->parts[me->index]);
}

/* A heap above can't end meanwhile, since its account is still open. */
ZM_INLINE void zm_parts_count_free(zmalloc_heap *heap, const struct zm_slot *me, size_t usable)
{
    for (zmalloc_heap *above; heap; heap = above) {
        above = heap->parent;
        zm_part_count_free(&heap->parts[me->index], usable);
    }
}

/* The same of any thread. */
ZM_INLINE void zm_heap_count_alloc(zmalloc_heap *heap, size_t usable)
{
    const struct zm_slot *me = zm_me;
    if (zm_heap_has_part(me))
        zm_parts_count_alloc(heap, me, usable);
    else
        for (; heap; heap = heap->parent)
            zm_heap_count_shared(heap, usable, 0, 1, 0);
}

ZM_INLINE void zm_heap_count_free(zmalloc_heap *heap, size_t usable)
{
    const struct zm_slot *me = zm_me;
    if (zm_heap_has_part(me)) {
        zm_parts_count_free(heap, me, usable);
        return;
    }
    for (zmalloc_heap *above; heap; heap = above) {
        above = heap->parent;
        zm_heap_count_shared(heap, 0, usable, 0, 1);
    }
}

/* A block in place of another. There is no moment at which the heap seems to have none. */
ZM_INLINE void zm_heap_count_resize(zmalloc_heap *heap, size_t old, size_t usable)
{
    const struct zm_slot *me = zm_me;
    bool has_part = zm_heap_has_part(me);
    for (; heap; heap = heap->parent) {
        if (!has_part) {
            zm_heap_count_shared(heap, 0, old, 1, 0);
            zm_heap_count_shared(heap, usable, 0, 0, 1);
            continue;
        }
        struct zm_part *part = &heap->parts[me->index];
        ZM_ADD(part->freed, old);
        if (zm_part_count_alloc(part, usable))
            zm_heap_look_at_peak(heap, part);
        ZM_ADD_LAST(part->frees, 1);
    }
}

/* Whether it has no block, and has had none since this began to look. */
bool zm_heap_is_empty(const zmalloc_heap *heap);

struct zm_heap_sums {
    uint64_t allocated, freed, allocs, frees, peak;
};

/* Allocated is never below freed, nor the peak below their difference. In signal handlers too. */
void zm_heap_sums_read(zmalloc_heap *heap, struct zm_heap_sums *out);

ZMALLOC_END

#endif
