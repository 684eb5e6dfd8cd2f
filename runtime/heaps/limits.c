/* SPDX-License-Identifier: BSD-3-Clause */
#include "limits.h"

#include <errno.h>

#include "base/compiler.h"

enum { TRIES = 64 }; /* reclaims for one allocation: then somebody else takes all that is freed */

static uint64_t add(zmalloc_heap *limit, uint64_t size)
{
    return atomic_fetch_add_explicit(&limit->charged, size, memory_order_relaxed) + size;
}

static void take(zmalloc_heap *limit, uint64_t size)
{
    atomic_fetch_sub_explicit(&limit->charged, size, memory_order_relaxed);
}

/* What a reclaim allocates itself is let through. Returns the limit that has no room, having taken
 * all back; NULL: charged. */
static zmalloc_heap *charge_all(zmalloc_heap *first, size_t size, bool anyway)
{
    for (zmalloc_heap *limit = first; limit; limit = limit->limited_above) {
        uint64_t now = add(limit, size);
        if (anyway || !limit->told.hard || (now <= limit->told.hard && now >= size))
            continue;
        take(limit, size);
        for (zmalloc_heap *done = first; done != limit; done = done->limited_above)
            take(done, size);
        return limit;
    }
    return NULL;
}

static bool reclaim(zmalloc_heap *limit, uint64_t wanted)
{
    if (!limit->reclaim.function)
        return false;
    zm_reclaim_enter(&limit->reclaim);
    __atomic_fetch_add(&limit->told.reclaims, 1, __ATOMIC_RELAXED); /* it may never come back */
    return zm_reclaim_call(&limit->reclaim, wanted > SIZE_MAX ? SIZE_MAX : (size_t)wanted) != 0;
}

static uint64_t over(const zmalloc_heap *limit, uint64_t bytes, size_t size)
{
    uint64_t used = atomic_load_explicit(&limit->charged, memory_order_relaxed) + size;
    return used > bytes ? used - bytes : 1; /* somebody has freed something meanwhile */
}

static void ask_softly(zmalloc_heap *first, size_t size)
{
    for (zmalloc_heap *limit = first; limit; limit = limit->limited_above) {
        uint64_t soft = limit->told.soft;
        uint64_t used = atomic_load_explicit(&limit->charged, memory_order_relaxed);
        if (soft && used + size > soft)
            (void)reclaim(limit, used + size - soft);
    }
}

static bool refuse(zmalloc_heap *limit)
{
    __atomic_fetch_add(&limit->told.refused, 1, __ATOMIC_RELAXED);
    errno = ENOMEM;
    return false;
}

bool zm_heap_charge(zmalloc_heap *heap, size_t size)
{
    zmalloc_heap *first = heap->limited;
    bool inside = zm_reclaim_is_running(__builtin_frame_address(0));
    if (size > PTRDIFF_MAX) { /* fails anyway */
        errno = ENOMEM;
        return false;
    }
    int saved_errno = errno;
    if (!inside)
        ask_softly(first, size);
    for (int tries = 1;; tries++) {
        zmalloc_heap *full = charge_all(first, size, inside);
        if (!full)
            break;
        if (size > full->told.hard || tries > TRIES ||
            !reclaim(full, over(full, full->told.hard, size)))
            return refuse(full);
    }
    errno = saved_errno;
    return true;
}

bool zm_heap_charge_more(zmalloc_heap *heap, size_t size)
{
    bool inside = zm_reclaim_is_running(__builtin_frame_address(0));
    return !charge_all(heap->limited, size, inside);
}

void zm_heap_charge_anyway(zmalloc_heap *heap, size_t size)
{
    (void)charge_all(heap->limited, size, true);
}

void zm_heap_discharge(zmalloc_heap *heap, size_t size)
{
    for (zmalloc_heap *limit = heap->limited; limit; limit = limit->limited_above)
        take(limit, size);
}
