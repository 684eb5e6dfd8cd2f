/* Counting one call in the calling thread's slot: all of the account that the hot path does.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_ACCOUNTING_COUNT_H
#define ZM_ACCOUNTING_COUNT_H

#include <assert.h>

#include "slots.h"

ZMALLOC_BEGIN

/* The calling thread's slot. Before the thread's first call and after its last destructor it is one
 * that stands for nobody: its look_at is 0, so that every call is counted on the slow path, and it
 * is never written. */
extern ZM_HIDDEN ZM_THREAD_LOCAL struct zm_slot *zm_me;

/* The slow path of counting one allocation or one free: at the end of a batch, in the first call of
 * a thread, and after its last destructor. `ptr` is returned, so that the caller can end in a jump
 * to this. */
ZM_COLD void *zm_count_alloc_slow(void *ptr, uint64_t usable) __attribute__((returns_nonnull));
ZM_COLD void zm_count_free_slow(uint64_t usable);

/* The same where the allocator has counted the bytes (native totals), and only calls are left. */
ZM_COLD void zm_count_native_slow(uint64_t allocs, uint64_t frees);

/* There are two ways of counting a call. In the first we count the call and the bytes: */

ZM_INLINE void *zm_count_alloc_in(struct zm_slot *me, void *ptr, size_t usable)
{
    uint64_t total = ZM_LOAD(me->allocated) + usable;
    ZM_SETTLE_WIDE(total); /* or usable is kept beside it, for the slow path */
    if (ZM_UNLIKELY(total >= me->look_at))
        return zm_count_alloc_slow(ptr, total - ZM_LOAD(me->allocated));
    ZM_PUBLISH(me->allocated, total);
    ZM_ADD(me->allocs, 1);
    return ptr;
}

/* For a block from a hot path that gives less than ZMALLOC_PEAK_SLACK between two that come another
 * way, among which is a thread's first: those look at the peak, and the slot is the thread's own.
 */
ZM_INLINE void zm_count_alloc_hot(struct zm_slot *me, size_t usable)
{
    assert(me->look_at);
    ZM_ADD(me->allocs, 1);
    ZM_ADD_LAST(me->allocated, usable);
}

ZM_INLINE void *zm_count_alloc(void *ptr, size_t usable)
{
    return zm_count_alloc_in(zm_me, ptr, usable);
}

/* Returns false, and has counted nothing, if that would take the slow path. */
ZM_INLINE bool zm_count_alloc_below(struct zm_slot *me, size_t usable)
{
    uint64_t total = ZM_LOAD(me->allocated) + usable;
    if (ZM_UNLIKELY(total >= me->look_at))
        return false;
    ZM_PUBLISH(me->allocated, total);
    ZM_ADD(me->allocs, 1);
    return true;
}

ZM_INLINE void zm_count_free(size_t usable)
{
    struct zm_slot *me = zm_me;
    if (ZM_UNLIKELY(me->look_at == 0)) {
        zm_count_free_slow(usable);
        return;
    }
    ZM_ADD(me->frees, 1);
    ZM_ADD(me->freed, usable);
}

/* Returns false, and has counted nothing, if zm_count_free would take the slow path or usable is
 * 0. `passed`, a constant in every call: usable is 0 unless one of the slot's doors is open. */
ZM_INLINE bool zm_count_free_hot(size_t usable, bool passed)
{
    struct zm_slot *me = zm_me;
    if (ZM_UNLIKELY(!usable || (!passed && me->look_at == 0)))
        return false;
    assert(me->look_at);
    ZM_ADD(me->frees, 1);
    ZM_ADD(me->freed, usable);
    return true;
}

/* In the second the allocator has counted the bytes by the time its function returns, and we count
 * the call: */

ZM_INLINE void zm_count_native(uint64_t allocs, uint64_t frees)
{
    struct zm_slot *me = zm_me;
    if (ZM_UNLIKELY(me->look_at == 0 ||
                    me->base_allocated + *me->native_allocated >= me->look_at)) {
        zm_count_native_slow(allocs, frees);
        return;
    }
    if (allocs)
        ZM_ADD(me->allocs, allocs);
    if (frees)
        ZM_ADD(me->frees, frees);
}

/* For a block that the allocator's hot path gave. A thread's first call does not come that way,
 * so the slot is its own. */
ZM_INLINE void zm_count_native_alloc_hot(struct zm_slot *me)
{
    ZM_ADD(me->allocs, 1);
}

/* For one that it took. */
ZM_INLINE void zm_count_native_free_hot(struct zm_slot *me)
{
    assert(me->look_at);
    ZM_ADD(me->frees, 1);
}

/* A process may have blocks of other allocators beside the one that it runs on. Where that one
 * counts its own bytes (native totals) the others' would be in nobody's: they are counted in a
 * second slot of the thread. Else this is the thread's one slot. Before it is needed, and at the
 * end, it is nobody's. */
extern ZM_HIDDEN ZM_THREAD_LOCAL struct zm_slot *zm_beside;

/* Between the two the calling thread counts beside, by the functions of a front whose bytes we
 * count. The first returns what the second takes: the thread's own slot. */
ZM_COLD struct zm_slot *zm_beside_begin_slow(void);
ZM_COLD void zm_beside_end_slow(struct zm_slot *borrowed);

ZM_INLINE struct zm_slot *zm_beside_begin(void)
{
    struct zm_slot *own = zm_me, *beside = zm_beside;
    if (ZM_UNLIKELY(beside->look_at == 0))
        return zm_beside_begin_slow();
    zm_me = beside;
    return own;
}

ZM_INLINE void zm_beside_end(struct zm_slot *own)
{
    struct zm_slot *used = zm_me;
    zm_me = own;
    if (ZM_UNLIKELY(used != zm_beside))
        zm_beside_end_slow(used);
}

ZMALLOC_END

#endif
