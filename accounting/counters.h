/* Threads and their slots, from the first call to the last destructor.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_ACCOUNTING_COUNTERS_H
#define ZM_ACCOUNTING_COUNTERS_H

#include "count.h"

/* An allocator's own totals of the calling thread, and its size of a block: as struct zm_ops has
 * them. */
typedef int zm_totals_fn(const uint64_t **allocated, const uint64_t **freed);
typedef size_t zm_usable_fn(const void *ptr);

/* Once, when the backend has been started. totals is NULL where we count. */
void zm_counters_init(zm_totals_fn *totals, zm_usable_fn *usable);

#endif
