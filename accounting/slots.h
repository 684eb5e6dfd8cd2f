/* The registry of slots: who has allocated how much, one slot per running thread, written by that
 * thread alone. No lock, no allocation but of whole chunks; safe in signal handlers.
 *
 * A slot's totals only grow, and outlive the thread: the next one to take the slot counts on from
 * them. So the sum over all slots is exact, nothing is ever reset, and no lock is held by anybody
 * who counts, reads or forks.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_ACCOUNTING_SLOTS_H
#define ZM_ACCOUNTING_SLOTS_H

#include <stdalign.h>
#ifndef __cplusplus
#    include <stdatomic.h>
#endif
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <zmalloc/export.h>

#include "base/compiler.h"
#include "base/live_format.h"

ZMALLOC_BEGIN

#define ZM_SLOT_NONE    UINT32_MAX
#define ZM_SLOT_CACHES  3
#define ZM_DOOR_SHUT    UINT64_MAX
#define ZM_DOOR_REFUSED 2

/* Cache lines of 64 bytes, in pairs, because prefetchers fetch them so; most hot paths touch only
 * the first. */
struct zm_slot {
    alignas(128) uint64_t allocated; /* bytes; stale while `native` is set */
    uint64_t freed;
    uint64_t allocs; /* calls */
    uint64_t frees;
    uint64_t look_at; /* value of allocated at which to look at the peak; 0: nobody's slot */

    /* Doors: what a hot path asks in place of look_at, where it has to compare something or to load
     * something of the thread's anyway. Those of nobody's slot, and of one that is borrowed, let
     * nothing through. */
    void *caches[ZM_SLOT_CACHES]; /* the thread's own in an allocator, or none: see counters.h */
    uint64_t thread;              /* the owner's ZM_THREAD_POINTER, or ZM_DOOR_SHUT */
    uint64_t refused; /* ZM_DOOR_REFUSED or ZM_DOOR_SHUT: bits, one of which sends a word
                         to the slow path */

    /* The allocator's own totals of the owner, and what to add to them. */
    const uint64_t *native_allocated;
    const uint64_t *native_freed;
    uint64_t base_allocated;
    uint64_t base_freed;
    ZM_ATOMIC(bool) native;

    ZM_ATOMIC(bool) taken;
    ZM_ATOMIC(bool) beside;        /* a thread's second slot, see count.h */
    uint32_t tid;                  /* the owner's number, for readers outside; 0: not known */
    ZM_ATOMIC(int64_t) estimated;  /* this slot's share of the estimate by which sums.c judges */
    ZM_ATOMIC(uint32_t) next_free; /* index + 1 */
    uint32_t index;                /* ZM_SLOT_NONE: nobody's slot */
    uint64_t limit_at; /* value of allocated up to which the limit allows, see runtime/limit.c */
    uint64_t before_allocated, before_freed, before_allocs; /* by those who had the slot before */
};

/* A slot without an owner; NULL: there is no memory for another. */
struct zm_slot *zm_slot_take(void);
void zm_slot_give(struct zm_slot *slot);

/* Slots that were ever taken are 0 .. count - 1; they stay where they are for good. */
#ifndef __cplusplus
extern ZM_HIDDEN _Atomic uint32_t zm_slots_ever;

ZM_INLINE uint32_t zm_slot_count(void)
{
    return atomic_load_explicit(&zm_slots_ever, memory_order_acquire);
}
#endif

struct zm_slot *zm_slot_at(uint32_t index);

/* The slot at `index` and those beside it: *length of them, `most` at most. Few programs have more
 * threads than the first ones are for. */
#define ZM_FIRST_SLOTS 64
extern ZM_HIDDEN struct zm_slot zm_first_slots[ZM_FIRST_SLOTS];
struct zm_slot *zm_later_slots_from(uint32_t index, uint32_t most, uint32_t *length);

ZM_INLINE struct zm_slot *zm_slots_from(uint32_t index, uint32_t most, uint32_t *length)
{
    if (ZM_UNLIKELY(index >= ZM_FIRST_SLOTS))
        return zm_later_slots_from(index, most, length);
    uint32_t rest = ZM_FIRST_SLOTS - index;
    *length = rest < most ? rest : most;
    return zm_first_slots + index;
}

/* Where the slots are, but for the one that overflows. */
void zm_slots_describe(struct zm_live_slots *out);

ZMALLOC_END

#endif
