/* The sums over all slots, and the peak.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "sums.h"

#include <assert.h>
#include <stdatomic.h>
#include <time.h>
#include <zmalloc/stats.h>

#include "count.h"
#include "readers.h"

#define LEAST_BATCH (ZMALLOC_PEAK_SLACK / 2)

struct zm_slot zm_overflow = {.thread = ZM_DOOR_SHUT, .refused = ZM_DOOR_SHUT};
_Atomic uint32_t zm_live_threads;

static _Atomic int64_t estimate; /* of used memory: what threads have reported of theirs */
static _Atomic uint64_t peak;    /* since the fork, in a forked process */
static _Atomic int64_t peak_time;
static uint64_t parents_peak; /* written where there is one thread */
static int64_t parents_peak_time;

/* The allocator writes its own totals by plain stores, of all 64 bits at once on machines that can.
 */
ZM_NO_TSAN uint64_t zm_allocated_by(const struct zm_slot *slot)
{
    return atomic_load(&slot->native) ? slot->base_allocated + ZM_LOAD(*slot->native_allocated)
                                      : ZM_LOAD(slot->allocated);
}

ZM_NO_TSAN uint64_t zm_freed_by(const struct zm_slot *slot)
{
    return atomic_load(&slot->native) ? slot->base_freed + ZM_LOAD(*slot->native_freed)
                                      : ZM_LOAD(slot->freed);
}

/* Adds what was allocated, returns what was freed. A thread that ends waits for readers before its
 * native totals go, so one look at where they are will do. */
ZM_NO_TSAN static inline uint64_t add_totals(const struct zm_slot *slot, uint64_t *allocated)
{
    uint64_t freed;
    if (atomic_load(&slot->native)) {
        freed = slot->base_freed + ZM_LOAD(*slot->native_freed);
        *allocated += slot->base_allocated + ZM_LOAD(*slot->native_allocated);
    } else {
        freed = ZM_LOAD(slot->freed);
        *allocated += ZM_LOAD(slot->allocated);
    }
    return freed;
}

void zm_estimate_update(struct zm_slot *slot)
{
    int64_t now = (int64_t)(zm_allocated_by(slot) - zm_freed_by(slot));
    int64_t moved = now - atomic_exchange_explicit(&slot->estimated, now, memory_order_relaxed);
    atomic_fetch_add_explicit(&estimate, moved, memory_order_relaxed);
}

static void raise_peak(uint64_t used)
{
    uint64_t seen = atomic_load_explicit(&peak, memory_order_relaxed);
    while (used > seen)
        if (atomic_compare_exchange_weak_explicit(&peak, &seen, used, memory_order_relaxed,
                                                  memory_order_relaxed)) {
            atomic_store_explicit(&peak_time, (int64_t)time(NULL), memory_order_relaxed);
            return;
        }
}

/* `calls`: whether they are wanted too; a constant in every call. */

ZM_INLINE void freed_by_all(struct zm_sums *sums, uint32_t count, bool calls)
{
    sums->frees = calls ? ZM_LOAD(zm_overflow.frees) : 0;
    sums->freed = zm_freed_by(&zm_overflow);
    for (uint32_t at = 0, length; at < count; at += length) {
        const struct zm_slot *slot = zm_slots_from(at, count - at, &length), *end = slot + length;
        for (; slot < end; slot++) {
            sums->frees += calls ? ZM_LOAD(slot->frees) : 0;
            sums->freed += zm_freed_by(slot);
        }
    }
}

/* Returns how much had been freed by the time each slot was read. */
ZM_INLINE uint64_t allocated_by_all(struct zm_sums *sums, uint32_t count, bool calls)
{
    uint64_t before = zm_freed_by(&zm_overflow);
    sums->allocs = calls ? ZM_LOAD(zm_overflow.allocs) : 0;
    sums->allocated = zm_allocated_by(&zm_overflow);
    for (uint32_t at = 0, length; at < count; at += length) {
        const struct zm_slot *slot = zm_slots_from(at, count - at, &length), *end = slot + length;
        for (; slot < end; slot++) {
            sums->allocs += calls ? ZM_LOAD(slot->allocs) : 0;
            before += add_totals(slot, &sums->allocated);
        }
    }
    return before;
}

bool zm_frees_of_strangers;

#ifndef NDEBUG
/* Whether the same is read again: counters only grow, so these are then the sums of one moment. */
static bool stands_still(const struct zm_sums *seen, bool calls)
{
    struct zm_sums again;
    atomic_thread_fence(memory_order_acquire);
    (void)allocated_by_all(&again, zm_slot_count(), calls);
    freed_by_all(&again, zm_slot_count(), calls);
    return again.allocated == seen->allocated && again.freed == seen->freed &&
           again.allocs == seen->allocs && again.frees == seen->frees;
}
#endif

/* While others go on, what is read first is too low by the time the rest is read. So the allocated
 * come first: their sum less the freed is then never above what was really used at some moment, and
 * the peak never above the real one. Read again if the threads moved much meanwhile. */
ZM_INLINE void sum_up(struct zm_sums *out, bool calls)
{
    uint64_t before;
    int tries = 0;
    do {
        before = allocated_by_all(out, zm_slot_count(), calls);
        /* Threads publish what they allocate: what was freed before that is read as freed. */
        atomic_thread_fence(memory_order_acquire);
        freed_by_all(out, zm_slot_count(), calls);
    } while (out->freed - before > LEAST_BATCH && ++tries < 4);
    assert((out->freed <= out->allocated && out->frees <= out->allocs) || zm_frees_of_strangers ||
           !stands_still(out, calls));
    if (out->freed > out->allocated)
        out->freed = out->allocated;
    if (out->frees > out->allocs)
        out->frees = out->allocs;
    raise_peak(out->allocated - out->freed);
}

static void update_all(void)
{
    uint32_t count = zm_slot_count();
    for (uint32_t i = 0; i < count; i++)
        zm_estimate_update(zm_slot_at(i));
    zm_estimate_update(&zm_overflow);
}

/* The higher of the process's own peak and the one from before the fork, and when that was. */
ZM_INLINE uint64_t higher_peak(uint64_t own, int64_t *when)
{
    bool is_own = own > parents_peak;
    *when = is_own ? atomic_load_explicit(&peak_time, memory_order_relaxed) : parents_peak_time;
    return is_own ? own : parents_peak;
}

void zm_sums_read(struct zm_sums *out)
{
    struct zm_reader reader = zm_readers_begin();
    sum_up(out, true);
    zm_readers_end(reader);
    out->threads = atomic_load_explicit(&zm_live_threads, memory_order_relaxed);
    out->own_peak = atomic_load_explicit(&peak, memory_order_relaxed);
    out->peak = higher_peak(out->own_peak, &out->peak_time);
    assert(out->peak >= out->allocated - out->freed);
}

/* While no other thread has ever counted, the sum is the caller's own, whose totals stay where they
 * are: servers with one thread that allocates ask twice for each batch of commands. False: there
 * may be others. */
ZM_INLINE bool read_own(uint64_t *used)
{
    const struct zm_slot *me = zm_me;
    if (zm_slot_count() != 1 || me->look_at == 0)
        return false;
    uint64_t allocated = zm_allocated_by(me) + ZM_LOAD(zm_overflow.allocated);
    atomic_thread_fence(memory_order_acquire); /* as in sum_up */
    uint64_t freed = zm_freed_by(me) + ZM_LOAD(zm_overflow.freed);
    *used = allocated > freed ? allocated - freed : 0;
    raise_peak(*used);
    return true;
}

static ZM_NOINLINE uint64_t used_by_all(void)
{
    struct zm_sums sums;
    struct zm_reader reader = zm_readers_begin();
    sum_up(&sums, false);
    zm_readers_end(reader);
    return sums.allocated - sums.freed;
}

uint64_t zm_sums_used(void)
{
    uint64_t used;
    return read_own(&used) ? used : used_by_all();
}

uint64_t zm_sums_peak(int64_t *when)
{
    int64_t at;
    (void)zm_sums_used();
    return higher_peak(atomic_load_explicit(&peak, memory_order_relaxed), when ? when : &at);
}

void zm_peak_after_fork(void)
{
    struct zm_sums sums;
    zm_sums_read(&sums);
    parents_peak = sums.peak;
    parents_peak_time = sums.peak_time;
    atomic_store_explicit(&peak, 0, memory_order_relaxed);
    sum_up(&sums, false);
    update_all();
}

/* What a thread may allocate before it looks. All threads' together are a share of the peak, so
 * that looking costs little where much is used, whatever the size of the blocks. */
static uint64_t batch_of(uint32_t threads)
{
    uint64_t share = atomic_load_explicit(&peak, memory_order_relaxed) / 64 / threads;
    return share > LEAST_BATCH ? share : LEAST_BATCH;
}

/* A batch for each thread, and as much again before it is summed up. The first thread may have got
 * its batch when it was alone, the second when there were two: so their shares of the peak add up
 * to 1 + 1/2 + 1/3 ... of the first one's. */
uint64_t zm_peak_slack(void)
{
    uint64_t threads = zm_slot_count(); /* as many as ever were at once, or more */
    unsigned harmonic = 1;
    for (uint64_t n = threads; n > 1; n /= 2)
        harmonic++;
    return threads * ZMALLOC_PEAK_SLACK +
           atomic_load_explicit(&peak, memory_order_relaxed) / 64 * (1 + harmonic);
}

/* The peak is only ever an exact sum. Summing takes time in proportion to the threads, so it is
 * done when the estimate has risen over the peak by a batch for each of the others. */
void zm_look_at_peak(struct zm_slot *slot)
{
    uint32_t live = atomic_load_explicit(&zm_live_threads, memory_order_relaxed);
    uint32_t threads = live > 1 ? live : 1;
    int64_t batch = (int64_t)batch_of(threads);
    int64_t moved = (int64_t)(zm_allocated_by(slot) - zm_freed_by(slot)) -
                    atomic_load_explicit(&slot->estimated, memory_order_relaxed);
    if (moved >= batch / 2 || moved <= -batch / 2) {
        zm_estimate_update(slot);
        moved = 0;
        int64_t gate = (int64_t)atomic_load_explicit(&peak, memory_order_relaxed) +
                       batch * (int64_t)(threads - 1);
        if (atomic_load_explicit(&estimate, memory_order_relaxed) > gate) {
            struct zm_sums sums;
            struct zm_reader reader = zm_readers_begin();
            sum_up(&sums, false);
            update_all();
            zm_readers_end(reader);
        }
    }
    slot->look_at = zm_allocated_by(slot) + (uint64_t)(batch - moved);
}

void zm_sums_describe(struct zm_live_sums *out, struct zm_live_slots *slots)
{
    slots->overflow = (uintptr_t)&zm_overflow;
    *out = (struct zm_live_sums){
        .threads = (uintptr_t)&zm_live_threads,
        .peak = (uintptr_t)&peak,
        .peak_time = (uintptr_t)&peak_time,
        .parents_peak = (uintptr_t)&parents_peak,
        .parents_peak_time = (uintptr_t)&parents_peak_time,
    };
}
