/* Limits of heaps: a heap that has one counts its used bytes in one place, which all threads write,
 * before anything is allocated. Others pay nothing for it.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_ACCOUNTING_HEAPS_LIMITS_H
#define ZM_ACCOUNTING_HEAPS_LIMITS_H

#include "heap.h"

ZMALLOC_BEGIN

/* For one heap that has a limit. */
ZM_INLINE uint64_t zm_heap_charged(const zmalloc_heap *limit)
{
    return ZM_LOAD(limit->charged);
}

/* Whether it has room without asking anybody. */
ZM_INLINE bool zm_heap_is_below(const zmalloc_heap *limit, size_t size)
{
    uint64_t least = ZM_LOAD(limit->least);
    return size <= least && zm_heap_charged(limit) <= least - size;
}

/* Takes room, or returns false. */
ZM_INLINE bool zm_heap_charge_one(zmalloc_heap *limit, size_t size)
{
    uint64_t seen = zm_heap_charged(limit), most = ZM_LOAD(limit->most);
    do
        if (ZM_UNLIKELY(size > most || seen > most - size))
            return false;
    while (!__atomic_compare_exchange_n(&limit->charged, &seen, seen + size, true, __ATOMIC_RELAXED,
                                        __ATOMIC_RELAXED));
    return true;
}

ZM_INLINE void zm_heap_discharge_one(zmalloc_heap *limit, size_t size)
{
    __atomic_fetch_sub(&limit->charged, size, __ATOMIC_RELAXED);
}

ZMALLOC_END

#endif
