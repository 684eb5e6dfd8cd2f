/* Who has allocated how much: one slot per running thread, written by that thread alone.
 *
 * A slot's totals only grow, and outlive the thread: the next one to take the slot counts on from
 * them. So the sum over all slots is exact, nothing is ever reset, and no lock is held by anybody
 * who counts, reads or forks.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_ACCOUNTING_COUNTERS_H
#define ZM_ACCOUNTING_COUNTERS_H

#include <stdalign.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <zmalloc/export.h>

#include "base/compiler.h"

ZMALLOC_BEGIN

/* Two lines of 64 bytes (prefetchers fetch pairs): the first is all that the hot path touches. */
struct zm_slot {
    alignas(128) uint64_t allocated; /* bytes; stale while `native` is set */
    uint64_t freed;
    uint64_t allocs; /* calls */
    uint64_t frees;
    uint64_t look_at; /* value of allocated at which to look at the peak; 0: nobody's slot */

    /* The allocator's own totals of the owner, and what to add to them. */
    alignas(64) const uint64_t *native_allocated;
    const uint64_t *native_freed;
    uint64_t base_allocated;
    uint64_t base_freed;
    ZM_ATOMIC(bool) native;

    ZM_ATOMIC(bool) taken;
    ZM_ATOMIC(int64_t) told;       /* this slot's share of what the peak is judged by */
    ZM_ATOMIC(uint32_t) next_free; /* index + 1 */
    uint32_t index;
    uint64_t limit_at; /* value of allocated up to which there is leave, see limit.c */
};

/* The calling thread's. Before its first call and after its last destructor it is nobody's, which
 * has a look_at of 0 and is never written. */
extern ZM_HIDDEN ZM_THREAD_LOCAL struct zm_slot *zm_me;

/* In place of usable bytes that are not known without a call: more than any batch, so that who
 * counts leaves the hot path. */
#define ZM_ASK (SIZE_MAX / 2)

/* What the hot path leaves out of counting one allocation or one free: the end of a batch, the
 * first call of a thread, and calls after its last destructor. `ptr` is handed through, so that the
 * caller can end in a jump. */
ZM_COLD void *zm_count_alloc_slow(void *ptr, uint64_t usable) __attribute__((returns_nonnull));
ZM_COLD void zm_count_free_slow(uint64_t usable);

/* The same with native totals, when the allocator has counted the bytes. */
ZM_COLD void zm_count_native_slow(uint64_t allocs, uint64_t frees);

typedef int zm_totals_fn(const uint64_t **allocated, const uint64_t **freed);

/* Once, when the backend has been chosen; its ops. */
void zm_counters_init(zm_totals_fn *totals, size_t (*usable)(const void *ptr));

struct zm_sums {
    uint64_t allocated, freed, allocs, frees, peak;
    int64_t peak_time;
    uint32_t threads;
};

/* Sums over all slots; allocated is never below freed, peak never below their difference. */
void zm_counters_read(struct zm_sums *out);

ZMALLOC_END

#endif
