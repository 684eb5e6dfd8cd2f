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

/* Once, when the backend has been started; what it has allocated for that is not the program's.
 * totals is NULL where we count. */
void zm_counters_init(zm_totals_fn *totals, zm_usable_fn *usable);

/* Gives the calling thread its slot, if it has none yet. False: it has and gets none, for it is
 * past its last destructor or there is no memory. */
bool zm_counters_attach(void);

#endif
