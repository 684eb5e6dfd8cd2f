/* SPDX-License-Identifier: BSD-3-Clause */
#include "limits.h"

#include <errno.h>

enum { TRIES = 64 }; /* reclaims for one allocation: then somebody else takes all that is freed */

static void add(zmalloc_heap *limit, uint64_t size)
{
    __atomic_fetch_add(&limit->charged, size, __ATOMIC_RELAXED);
}

/* False: one has no room, and nothing is charged. */
static bool charge_all(zmalloc_heap *first, size_t size)
{
    zmalloc_heap *limit = first;
    while (limit && zm_heap_charge_one(limit, size))
        limit = limit->limited_above;
    for (zmalloc_heap *done = first; limit && done != limit; done = done->limited_above)
        zm_heap_discharge_one(done, size);
    return !limit;
}

struct zm_reclaim zm_heap_reclaims[ZM_MARKS_MOST];

void zm_heap_set_limits(zmalloc_heap *heap, uint64_t soft, uint64_t hard)
{
    uint64_t most = hard ? hard : UINT64_MAX;
    ZM_STORE(heap->told.soft, soft);
    ZM_STORE(heap->told.hard, hard);
    ZM_PUBLISH(heap->least, 0); /* meanwhile all look at both */
    ZM_PUBLISH(heap->most, most);
    ZM_PUBLISH(heap->least, soft ? soft : most);
}

static bool reclaim(zmalloc_heap *limit, uint64_t wanted)
{
    struct zm_reclaim *asked = zm_heap_reclaim_of(limit);
    if (!asked->function)
        return false;
    zm_reclaim_enter(asked);
    __atomic_fetch_add(&limit->told.reclaims, 1, __ATOMIC_RELAXED); /* it may never come back */
    return zm_reclaim_call(asked, wanted > SIZE_MAX ? SIZE_MAX : (size_t)wanted) != 0;
}

static void ask_softly(zmalloc_heap *first, size_t size)
{
    for (zmalloc_heap *limit = first; limit; limit = limit->limited_above) {
        uint64_t soft = ZM_LOAD(limit->told.soft), then = zm_heap_charged(limit) + size;
        if (soft && then > soft)
            (void)reclaim(limit, then - soft);
    }
}

static zmalloc_heap *without_room(zmalloc_heap *first, size_t size)
{
    zmalloc_heap *limit = first;
    while (limit && zm_heap_charged(limit) + size <= ZM_LOAD(limit->most))
        limit = limit->limited_above;
    return limit;
}

static bool refuse(zmalloc_heap *limit)
{
    __atomic_fetch_add(&limit->told.refused, 1, __ATOMIC_RELAXED);
    errno = ENOMEM;
    return false;
}

static ZM_NOINLINE bool make_room(zmalloc_heap *heap, size_t size)
{
    zmalloc_heap *first = heap->limited, *full;
    if (size > PTRDIFF_MAX) { /* fails anyway */
        errno = ENOMEM;
        return false;
    }
    if (zm_reclaim_is_running(__builtin_frame_address(0)))
        return true;
    int saved_errno = errno;
    ask_softly(first, size);
    for (int tries = 1; (full = without_room(first, size)); tries++) {
        uint64_t then = zm_heap_charged(full) + size, hard = ZM_LOAD(full->most);
        if (size > hard || tries > TRIES)
            return refuse(full);
        if (then > hard && !reclaim(full, then - hard))
            return refuse(full);
    }
    errno = saved_errno;
    return true;
}

/* Mostly all have. */
bool zm_heap_has_room(zmalloc_heap *heap, size_t size)
{
    const zmalloc_heap *limit = heap->limited;
    while (limit && zm_heap_is_below(limit, size))
        limit = limit->limited_above;
    return ZM_LIKELY(!limit) || make_room(heap, size);
}

/* What a reclaim allocates itself is let through. */
bool zm_heap_charge(zmalloc_heap *heap, size_t size)
{
    if (charge_all(heap->limited, size))
        return true;
    if (!zm_reclaim_is_running(__builtin_frame_address(0)))
        return false;
    zm_heap_charge_anyway(heap, size);
    return true;
}

void zm_heap_charge_anyway(zmalloc_heap *heap, size_t size)
{
    for (zmalloc_heap *limit = heap->limited; limit; limit = limit->limited_above)
        add(limit, size);
}

void zm_heap_discharge(zmalloc_heap *heap, size_t size)
{
    for (zmalloc_heap *limit = heap->limited; limit; limit = limit->limited_above)
        zm_heap_discharge_one(limit, size);
}
