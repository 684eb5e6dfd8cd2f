/* Threads and their slots, from the first call to the last destructor.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_ACCOUNTING_COUNTERS_H
#define ZM_ACCOUNTING_COUNTERS_H

#include "count.h"

ZMALLOC_BEGIN

/* An allocator's own totals of the calling thread, as struct zm_ops has them. */
typedef void zm_totals_fn(const uint64_t **allocated, const uint64_t **freed);

/* Called once, when the backend has been started. What the calling thread's totals are by then, the
 * backend has allocated for itself, and they are left out. `totals` is NULL where we count bytes
 * ourselves. */
void zm_counters_init(zm_totals_fn *totals);

/* In a slot without a cache of this number, of ZM_SLOT_CACHES, there will be `none`: one in which
 * the allocator's hot paths find nothing. The first one stays. Called before those can run. */
void zm_counters_no_cache(unsigned number, void *none);

/* The calling thread's slot, if it has one, keeps the cache, until it is told that this is no more.
 * One that is borrowed may have a look_at, but no open door. */
ZM_INLINE void zm_counters_keep(unsigned number, void *cache)
{
    struct zm_slot *me = zm_me;
    if (me->refused != ZM_DOOR_SHUT)
        ZM_STORE(me->caches[number], cache);
}

void zm_counters_forget(unsigned number);

/* Gives the calling thread its slot, if it has none yet. Returns false if it gets none, because it
 * is past its last destructor or there is no memory. */
bool zm_counters_attach(void);

ZMALLOC_END

#endif
