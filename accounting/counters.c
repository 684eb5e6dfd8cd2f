/* The registry of threads' counters, the peak, the sums. See counters.h for the idea.
 *
 * Slots live in chunks of doubling size that are never unmapped; those without an owner are on a
 * lock-free list (index + tag in one word). A thread takes one at its first call and gives it back
 * in a thread-specific-data destructor. What it does after that, in other destructors, goes into a
 * slot borrowed for one call.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "counters.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <time.h>
#include <zmalloc/stats.h>

#include "readers.h"

#define CHUNK_FIRST 64 /* slots in chunk 0; chunk n has CHUNK_FIRST << n */
#define CHUNKS      24
#define BATCH       (ZMALLOC_PEAK_SLACK / 2)
#define ATTEMPTS    5 /* to find a moment when little is moved */

static struct zm_slot nobody;
ZM_THREAD_LOCAL struct zm_slot *zm_me = &nobody;

/* How much of the allocator's own totals of this thread is in slots that it gave back. */
static ZM_THREAD_LOCAL uint64_t seen_allocated, seen_freed;
static ZM_THREAD_LOCAL bool leaving;

static struct zm_slot first_chunk[CHUNK_FIRST];
static struct zm_slot *_Atomic chunks[CHUNKS] = {first_chunk};
static _Atomic uint32_t slot_count; /* slots ever handed out */
static _Atomic uint64_t free_list;  /* tag << 32 | (index + 1) */
static _Atomic uint32_t live_threads;

/* Where a thread counts when there is no memory for another slot. */
static struct zm_slot overflow;
static atomic_flag overflow_busy = ATOMIC_FLAG_INIT;

static zm_totals_fn *native_totals;
static pthread_key_t exit_key;
static bool exit_key_made; /* without a key slots are not given back; sums stay exact */

static _Atomic int64_t net; /* used memory, as far as threads have told */
static _Atomic uint64_t peak;
static _Atomic int64_t peak_time;

/* ---- slots ---- */

static unsigned chunk_of(uint32_t index)
{
    unsigned chunk = 0;
    for (uint32_t n = index / CHUNK_FIRST + 1; n > 1; n >>= 1)
        chunk++;
    return chunk;
}

/* Every index below slot_count has its chunk. */
static struct zm_slot *slot_at(uint32_t index)
{
    unsigned chunk = chunk_of(index);
    struct zm_slot *slots = atomic_load_explicit(&chunks[chunk], memory_order_acquire);
    return &slots[index - CHUNK_FIRST * ((UINT32_C(1) << chunk) - 1)];
}

static void push_free(struct zm_slot *slot)
{
    uint64_t head = atomic_load_explicit(&free_list, memory_order_relaxed);
    uint64_t mine;
    do {
        atomic_store_explicit(&slot->next_free, (uint32_t)head, memory_order_relaxed);
        mine = ((head >> 32) + 1) << 32 | (slot->index + 1);
    } while (!atomic_compare_exchange_weak_explicit(&free_list, &head, mine, memory_order_release,
                                                    memory_order_relaxed));
}

static struct zm_slot *pop_free(void)
{
    uint64_t head = atomic_load_explicit(&free_list, memory_order_acquire);
    while ((uint32_t)head) {
        struct zm_slot *slot = slot_at((uint32_t)head - 1);
        uint64_t rest =
            ((head >> 32) + 1) << 32 | atomic_load_explicit(&slot->next_free, memory_order_relaxed);
        if (atomic_compare_exchange_weak_explicit(&free_list, &head, rest, memory_order_acquire,
                                                  memory_order_acquire))
            return slot;
    }
    return NULL;
}

static bool make_chunk(unsigned chunk)
{
    size_t bytes = ((size_t)CHUNK_FIRST << chunk) * sizeof(struct zm_slot);
    void *fresh = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (fresh == MAP_FAILED)
        return false;
    struct zm_slot *none = NULL;
    if (!atomic_compare_exchange_strong(&chunks[chunk], &none, fresh))
        munmap(fresh, bytes);
    return true;
}

static struct zm_slot *new_slot(void)
{
    uint32_t index = atomic_load(&slot_count);
    do {
        unsigned chunk = chunk_of(index);
        if (chunk >= CHUNKS || (!atomic_load(&chunks[chunk]) && !make_chunk(chunk)))
            return NULL;
    } while (!atomic_compare_exchange_weak(&slot_count, &index, index + 1));
    struct zm_slot *slot = slot_at(index);
    slot->index = index;
    return slot;
}

static struct zm_slot *take_slot(void)
{
    struct zm_slot *slot = pop_free();
    return slot ? slot : new_slot();
}

/* ---- the peak ---- */

/* The allocator writes its own totals as it likes: 64 bits at once, on machines that can. */
ZM_NO_TSAN static uint64_t allocated_by(const struct zm_slot *slot)
{
    return atomic_load(&slot->native) ? slot->base_allocated + ZM_LOAD(*slot->native_allocated)
                                      : ZM_LOAD(slot->allocated);
}

ZM_NO_TSAN static uint64_t freed_by(const struct zm_slot *slot)
{
    return atomic_load(&slot->native) ? slot->base_freed + ZM_LOAD(*slot->native_freed)
                                      : ZM_LOAD(slot->freed);
}

/* Brings `net` up to date with one slot. Anybody may do it. */
static void tell(struct zm_slot *slot)
{
    int64_t now = (int64_t)(allocated_by(slot) - freed_by(slot));
    int64_t moved = now - atomic_exchange_explicit(&slot->told, now, memory_order_relaxed);
    atomic_fetch_add_explicit(&net, moved, memory_order_relaxed);
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

/* ---- sums ---- */

static uint64_t freed_by_all(struct zm_sums *sums)
{
    uint32_t count = atomic_load_explicit(&slot_count, memory_order_acquire);
    sums->frees = ZM_LOAD(overflow.frees);
    sums->freed = freed_by(&overflow);
    for (uint32_t i = 0; i < count; i++) {
        sums->frees += ZM_LOAD(slot_at(i)->frees);
        sums->freed += freed_by(slot_at(i));
    }
    return sums->freed;
}

static void allocated_by_all(struct zm_sums *sums)
{
    uint32_t count = atomic_load_explicit(&slot_count, memory_order_acquire);
    sums->allocs = ZM_LOAD(overflow.allocs);
    sums->allocated = allocated_by(&overflow);
    for (uint32_t i = 0; i < count; i++) {
        sums->allocs += ZM_LOAD(slot_at(i)->allocs);
        sums->allocated += allocated_by(slot_at(i));
    }
}

/* While others go on, what is read first is too low by the time the rest is read. So the allocated
 * come first: their sum less the freed is then never above what was really used at some moment, and
 * the peak never above the real one. Read again if the threads moved much meanwhile. */
static void sum_up(struct zm_sums *out)
{
    uint64_t freed = freed_by_all(out), before;
    int tries = 0;
    do {
        before = freed;
        allocated_by_all(out);
        freed = freed_by_all(out);
    } while (freed - before > BATCH && ++tries < 4);
    if (out->freed > out->allocated)
        out->freed = out->allocated;
    if (out->frees > out->allocs)
        out->frees = out->allocs;
    raise_peak(out->allocated - out->freed);
}

static void tell_all(void)
{
    uint32_t count = atomic_load_explicit(&slot_count, memory_order_acquire);
    for (uint32_t i = 0; i < count; i++)
        tell(slot_at(i));
    tell(&overflow);
}

void zm_counters_read(struct zm_sums *out)
{
    unsigned phase = zm_readers_begin();
    sum_up(out);
    zm_readers_end(phase);
    out->threads = atomic_load_explicit(&live_threads, memory_order_relaxed);
    out->peak = atomic_load_explicit(&peak, memory_order_relaxed);
    out->peak_time = atomic_load_explicit(&peak_time, memory_order_relaxed);
}

/* At the end of a batch. The peak is only ever an exact sum; summing takes time in proportion to
 * the threads, so it is done when what they told has risen over the peak by a batch for each. */
static void look_at_peak(struct zm_slot *slot)
{
    int64_t moved = (int64_t)(allocated_by(slot) - freed_by(slot)) -
                    atomic_load_explicit(&slot->told, memory_order_relaxed);
    if (moved >= BATCH / 2 || moved <= -BATCH / 2) {
        tell(slot);
        moved = 0;
        uint32_t threads = atomic_load_explicit(&live_threads, memory_order_relaxed);
        uint64_t gate = atomic_load_explicit(&peak, memory_order_relaxed) +
                        (uint64_t)BATCH * (threads > 1 ? threads - 1 : 0);
        if (atomic_load_explicit(&net, memory_order_relaxed) > (int64_t)gate) {
            struct zm_sums sums;
            unsigned phase = zm_readers_begin();
            sum_up(&sums);
            tell_all();
            zm_readers_end(phase);
        }
    }
    slot->look_at = allocated_by(slot) + (uint64_t)(BATCH - moved);
}

/* ---- threads ---- */

/* From here on the allocator's totals of this thread are the slot's; the ones it had are the base.
 */
static void attach_native(struct zm_slot *slot)
{
    if (!native_totals)
        return;
    native_totals(&slot->native_allocated, &slot->native_freed);
    slot->base_allocated = slot->allocated - seen_allocated;
    slot->base_freed = slot->freed - seen_freed;
    atomic_store(&slot->native, true);
}

static void detach_native(struct zm_slot *slot)
{
    if (!atomic_load_explicit(&slot->native, memory_order_relaxed))
        return;
    ZM_STORE(slot->allocated, allocated_by(slot));
    ZM_STORE(slot->freed, freed_by(slot));
    atomic_store(&slot->native, false);
}

/* Thread-specific data's destructor: from here on this thread borrows. */
static void leave(void *arg)
{
    struct zm_slot *slot = arg;
    if (native_totals) {
        seen_allocated = *slot->native_allocated;
        seen_freed = *slot->native_freed;
        detach_native(slot);
        zm_readers_wait(); /* the totals vanish with the thread */
    }
    tell(slot);
    zm_me = &nobody;
    leaving = true;
    atomic_store_explicit(&slot->taken, false, memory_order_relaxed);
    atomic_fetch_sub_explicit(&live_threads, 1, memory_order_relaxed);
    push_free(slot);
}

/* The thread's own slot, taken now if it is new; else one borrowed for this call. */
static struct zm_slot *get_slot(void)
{
    if (zm_me != &nobody)
        return zm_me;
    struct zm_slot *slot = take_slot();
    if (!slot) {
        while (atomic_flag_test_and_set_explicit(&overflow_busy, memory_order_acquire))
            sched_yield();
        slot = &overflow;
    }
    attach_native(slot);
    if (slot != &overflow && !leaving) {
        atomic_store_explicit(&slot->taken, true, memory_order_relaxed);
        atomic_fetch_add_explicit(&live_threads, 1, memory_order_relaxed);
        zm_me = slot;
        slot->look_at = 1;
        if (exit_key_made)
            pthread_setspecific(exit_key, slot); /* which may allocate: all is in order by now */
    }
    return slot;
}

static void put_slot(struct zm_slot *slot)
{
    look_at_peak(slot);
    if (slot == zm_me)
        return;
    if (native_totals) {
        seen_allocated = *slot->native_allocated;
        seen_freed = *slot->native_freed;
        detach_native(slot);
        zm_readers_wait();
    }
    if (slot == &overflow)
        atomic_flag_clear_explicit(&overflow_busy, memory_order_release);
    else
        push_free(slot);
}

void *zm_count_alloc_slow(void *ptr, uint64_t usable)
{
    struct zm_slot *slot = get_slot();
    ZM_ADD(slot->allocated, usable);
    ZM_ADD(slot->allocs, 1);
    put_slot(slot);
    return ptr;
}

void zm_count_free_slow(uint64_t usable)
{
    struct zm_slot *slot = get_slot();
    ZM_ADD(slot->frees, 1);
    ZM_ADD(slot->freed, usable);
    put_slot(slot);
}

void zm_count_native_slow(uint64_t allocs, uint64_t frees)
{
    struct zm_slot *slot = get_slot();
    ZM_ADD(slot->allocs, allocs);
    ZM_ADD(slot->frees, frees);
    put_slot(slot);
}

/* ---- fork, start ---- */

/* The child has one thread: the others' slots have lost their owners. Their native totals can still
 * be read, for the last time. */
static void after_fork_in_child(void)
{
    zm_readers_after_fork();
    atomic_flag_clear(&overflow_busy);
    detach_native(&overflow);
    uint32_t count = atomic_load_explicit(&slot_count, memory_order_relaxed);
    for (uint32_t i = 0; i < count; i++) {
        struct zm_slot *slot = slot_at(i);
        if (slot == zm_me)
            continue;
        detach_native(slot);
        if (atomic_load_explicit(&slot->taken, memory_order_relaxed)) {
            atomic_store_explicit(&slot->taken, false, memory_order_relaxed);
            push_free(slot);
        }
    }
    atomic_store_explicit(&live_threads, zm_me != &nobody, memory_order_relaxed);
}

void zm_counters_init(zm_totals_fn *totals)
{
    native_totals = totals;
    exit_key_made = pthread_key_create(&exit_key, leave) == 0;
    pthread_atfork(NULL, NULL, after_fork_in_child);
}
