/* Who has allocated how much: one slot per running thread, written by that thread alone.
 *
 * A slot's totals only grow, and outlive the thread: the next thread to take the slot counts on
 * from them. So the sum over all slots is exact, nothing is ever folded or reset, a reader needs no
 * lock, and there is no lock to hold across fork.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_ACCOUNTING_COUNTERS_H
#define ZM_ACCOUNTING_COUNTERS_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "compiler.h"

/* Two lines of 64 bytes: adjacent-line prefetchers fetch pairs. */
#define ZM_SLOT_SIZE 128

struct zm_slot {
    _Alignas(ZM_SLOT_SIZE) _Atomic uint64_t allocated; /* bytes */
    _Atomic uint64_t freed;
    _Atomic uint64_t allocs; /* calls */
    _Atomic uint64_t frees;
    /* The owner's alone: */
    uint64_t next_allocated; /* values of the totals at which to look at the peak */
    uint64_t next_freed;
    const uint64_t
        *native_allocated;        /* the allocator's totals of this thread, where it keeps them; */
    const uint64_t *native_freed; /* slot total = base + native total */
    uint64_t base_allocated;
    uint64_t base_freed;
    uint64_t published; /* this slot's share of the global net, as last told */
    /* Free list: */
    _Atomic uint32_t next_free; /* index + 1 */
    _Atomic uint32_t taken;
    uint32_t index;
};

/* The calling thread's slot. Before the first call and after the last destructor it points to a
 * stand-in whose limits are 0, so that one compare finds the batch's end, the new thread and the
 * dying. */
extern ZM_THREAD_LOCAL struct zm_slot *zm_me;

/* The ends of batches: count one call of `usable` bytes, with all that the hot path leaves out. The
 * pointer is handed through so that the caller can end in a jump. */
ZM_COLD void *zm_count_alloc_slow(void *ptr, uint64_t usable);
ZM_COLD void zm_count_free_slow(uint64_t usable);

typedef int zm_totals_fn(const uint64_t **allocated, const uint64_t **freed);

/* Once, when the backend has been chosen; `totals`: its op. */
void zm_counters_init(zm_totals_fn *totals);

struct zm_sums {
    uint64_t allocated, freed, allocs, frees, peak;
    int64_t peak_time;
    uint32_t threads;
};

/* Sums over all slots; allocated is never below freed, peak never below their difference. */
void zm_counters_read(struct zm_sums *out);

/* One writer: a load and a store, no locked instruction. */
#define ZM_COUNT_ONE(counter, order)                                                              \
    atomic_store_explicit(&(counter), atomic_load_explicit(&(counter), memory_order_relaxed) + 1, \
                          order)

#endif
