/* Limits of heaps: a heap that has one counts its used bytes in one place, which all threads write,
 * before anything is allocated. Others pay nothing for it.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_RUNTIME_HEAPS_LIMITS_H
#define ZM_RUNTIME_HEAPS_LIMITS_H

#include "heap.h"

/* Whether all limits above the heap leave room for so many bytes, the program having been asked to
 * free something where one does not. False: errno is ENOMEM. */
bool zm_heap_has_room(zmalloc_heap *heap, size_t size);

/* Takes the room; false, with nothing taken: there is none by now. */
bool zm_heap_charge(zmalloc_heap *heap, size_t size);

/* For what can't be refused any more. */
void zm_heap_charge_anyway(zmalloc_heap *heap, size_t size);

void zm_heap_discharge(zmalloc_heap *heap, size_t size);

#endif
