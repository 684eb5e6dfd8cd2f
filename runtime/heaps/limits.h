/* Limits of heaps: what has to be asked for, and what to do where there is no room.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_RUNTIME_HEAPS_LIMITS_H
#define ZM_RUNTIME_HEAPS_LIMITS_H

#include "accounting/heaps/limits.h"
#include "accounting/heaps/marks.h"
#include "runtime/reclaim.h"

/* By the number of the heap: what to call where its limit is reached. */
extern ZM_HIDDEN struct zm_reclaim zm_heap_reclaims[ZM_MARKS_MOST];

static inline struct zm_reclaim *zm_heap_reclaim_of(const zmalloc_heap *heap)
{
    return &zm_heap_reclaims[heap->number];
}

/* 0: none. The heap has had one since it was made, or is being made. */
void zm_heap_set_limits(zmalloc_heap *heap, uint64_t soft, uint64_t hard);

/* Whether all limits above the heap leave room for so many bytes, the program having been asked to
 * free something where one does not. False: errno is ENOMEM. */
bool zm_heap_has_room(zmalloc_heap *heap, size_t size);

/* Takes the room; false, with nothing taken: there is none by now. */
bool zm_heap_charge(zmalloc_heap *heap, size_t size);

/* For what can't be refused any more. */
void zm_heap_charge_anyway(zmalloc_heap *heap, size_t size);

void zm_heap_discharge(zmalloc_heap *heap, size_t size);

#endif
