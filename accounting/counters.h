/* Threads and their slots, from the first call to the last destructor.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_ACCOUNTING_COUNTERS_H
#define ZM_ACCOUNTING_COUNTERS_H

#include "count.h"

/* An allocator's own totals of the calling thread, and its size of a block: as struct zm_ops has
 * them. */
typedef void zm_totals_fn(const uint64_t **allocated, const uint64_t **freed);
typedef size_t zm_usable_fn(const void *ptr);

/* Called once, when the backend has been started. What the calling thread's totals are by then, the
 * backend has allocated for itself, and they are left out. `totals` is NULL where we count bytes
 * ourselves. */
void zm_counters_init(zm_totals_fn *totals, zm_usable_fn *usable);

/* From now on that tells the size of a block that was counted as ZM_USABLE_UNKNOWN. */
void zm_counters_usable_by(zm_usable_fn *usable);

/* Gives the calling thread its slot, if it has none yet. Returns false if it gets none, because it
 * is past its last destructor or there is no memory. */
bool zm_counters_attach(void);

#endif
