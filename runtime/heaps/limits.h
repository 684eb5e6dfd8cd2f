/* Limits of heaps: a heap that has one counts its used bytes in one place, which all threads write,
 * before anything is allocated. Others pay nothing for it.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_RUNTIME_HEAPS_LIMITS_H
#define ZM_RUNTIME_HEAPS_LIMITS_H

#include <stdatomic.h>

#include "accounting/heaps/heap.h"
#include "accounting/heaps/marks.h"
#include "runtime/reclaim.h"

/* By the number of the heap: what to call where its limit is reached. */
extern ZM_HIDDEN struct zm_reclaim zm_heap_reclaims[ZM_MARKS_MOST];

static inline struct zm_reclaim *zm_heap_reclaim_of(const zmalloc_heap *heap)
{
    return &zm_heap_reclaims[heap->number];
}

/* For one heap that has a limit. The first tells whether it has room without asking anybody; the
 * second takes it, or returns false. */
ZM_INLINE uint64_t zm_heap_charged(const zmalloc_heap *limit)
{
    return atomic_load_explicit(&limit->charged, memory_order_relaxed);
}

ZM_INLINE bool zm_heap_is_below(const zmalloc_heap *limit, size_t size)
{
    return size <= limit->least && zm_heap_charged(limit) <= limit->least - size;
}

ZM_INLINE bool zm_heap_charge_one(zmalloc_heap *limit, size_t size)
{
    uint64_t seen = zm_heap_charged(limit);
    do
        if (ZM_UNLIKELY(size > limit->most || seen > limit->most - size))
            return false;
    while (!atomic_compare_exchange_weak_explicit(&limit->charged, &seen, seen + size,
                                                  memory_order_relaxed, memory_order_relaxed));
    return true;
}

ZM_INLINE void zm_heap_discharge_one(zmalloc_heap *limit, size_t size)
{
    atomic_fetch_sub_explicit(&limit->charged, size, memory_order_relaxed);
}

/* Whether all limits above the heap leave room for so many bytes, the program having been asked to
 * free something where one does not. False: errno is ENOMEM. */
bool zm_heap_has_room(zmalloc_heap *heap, size_t size);

/* Takes the room; false, with nothing taken: there is none by now. */
bool zm_heap_charge(zmalloc_heap *heap, size_t size);

/* For what can't be refused any more. */
void zm_heap_charge_anyway(zmalloc_heap *heap, size_t size);

void zm_heap_discharge(zmalloc_heap *heap, size_t size);

#endif
