/* Limits of heaps: a heap that has one counts its used bytes in one place, which all threads write,
 * before anything is allocated. Others pay nothing for it.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_RUNTIME_HEAPS_LIMITS_H
#define ZM_RUNTIME_HEAPS_LIMITS_H

#include "heap.h"

/* Charges this many bytes to all limits above the heap, having asked the program to free something
 * where one has no room. False, with errno ENOMEM, and nothing is charged: there is none. */
bool zm_heap_charge(zmalloc_heap *heap, size_t size);

/* Likewise, without asking for anything: what the allocator rounds up. */
bool zm_heap_charge_more(zmalloc_heap *heap, size_t size);

/* For what can't be refused any more. */
void zm_heap_charge_anyway(zmalloc_heap *heap, size_t size);

void zm_heap_discharge(zmalloc_heap *heap, size_t size);

#endif
