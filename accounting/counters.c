/* Slots: taking and giving back, the peak, the sums. See counters.h for the idea.
 *
 * Slots live in chunks of doubling size that are never unmapped; those without an owner are on a
 * lock-free list (index + tag in one word). A thread takes one at its first call and gives it back
 * in a thread-specific-data destructor. What it allocates or frees after that, in other
 * destructors, is counted through a slot borrowed for one call.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "counters.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <time.h>
#include <zmalloc/stats.h>

#define CHUNK_FIRST 64 /* slots in chunk 0; chunk n has CHUNK_FIRST << n */
#define CHUNKS      24

static const uint64_t zero;
#define STAND_IN                                         \
    {                                                    \
        .native_allocated = &zero, .native_freed = &zero \
    }
static struct zm_slot newcomer = STAND_IN; /* of threads that have not called yet */
static struct zm_slot leaver = STAND_IN;   /* of threads whose destructor has run */

ZM_THREAD_LOCAL struct zm_slot *zm_me = &newcomer;

/* How much of the allocator's own totals of this thread is already in slots given back. */
static ZM_THREAD_LOCAL uint64_t seen_allocated, seen_freed;

static struct zm_slot first_chunk[CHUNK_FIRST];
static struct zm_slot *_Atomic chunks[CHUNKS] = {first_chunk};
static _Atomic uint32_t slot_count; /* slots ever handed out */
static _Atomic uint64_t free_list;  /* tag << 32 | (index + 1) */

/* Where a thread counts when there is no memory for another slot. */
static struct zm_slot overflow;
static atomic_flag overflow_busy = ATOMIC_FLAG_INIT;

static zm_totals_fn *native_totals;
static pthread_key_t exit_key;
static bool exit_key_made; /* without a key slots are not recycled; sums stay exact */

static _Atomic int64_t net; /* used memory, as far as threads have told */
static _Atomic uint64_t peak;
static _Atomic int64_t peak_time;

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

/* Tells the global net if this slot's share has moved by the slack, and sets the totals at which it
 * could next have done so. */
static void look_at_peak(struct zm_slot *slot, int64_t slack)
{
    uint64_t allocated = atomic_load_explicit(&slot->allocated, memory_order_relaxed);
    uint64_t freed = atomic_load_explicit(&slot->freed, memory_order_relaxed);
    int64_t moved = (int64_t)(allocated - freed - slot->published);
    if (moved >= slack || moved <= -slack) {
        slot->published += (uint64_t)moved;
        int64_t now = atomic_fetch_add_explicit(&net, moved, memory_order_relaxed) + moved;
        if (moved > 0 && now > 0)
            raise_peak((uint64_t)now);
        moved = 0;
    }
    slot->next_allocated = allocated + (uint64_t)(ZMALLOC_PEAK_SLACK - moved);
    slot->next_freed = freed + (uint64_t)(ZMALLOC_PEAK_SLACK + moved);
}

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
    atomic_store_explicit(&slot->taken, 0, memory_order_relaxed);
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
    if (!atomic_compare_exchange_strong_explicit(&chunks[chunk], &none, fresh, memory_order_acq_rel,
                                                 memory_order_acquire))
        munmap(fresh, bytes);
    return true;
}

static struct zm_slot *new_slot(void)
{
    uint32_t index = atomic_load_explicit(&slot_count, memory_order_relaxed);
    do {
        unsigned chunk = chunk_of(index);
        if (chunk >= CHUNKS)
            return NULL;
        if (!atomic_load_explicit(&chunks[chunk], memory_order_acquire) && !make_chunk(chunk))
            return NULL;
    } while (!atomic_compare_exchange_weak_explicit(&slot_count, &index, index + 1,
                                                    memory_order_release, memory_order_relaxed));
    struct zm_slot *slot = slot_at(index);
    slot->index = index;
    return slot;
}

/* Makes the slot count on for the calling thread. */
static void enter(struct zm_slot *slot)
{
    if (native_totals) {
        native_totals(&slot->native_allocated, &slot->native_freed);
        slot->base_allocated =
            atomic_load_explicit(&slot->allocated, memory_order_relaxed) - seen_allocated;
        slot->base_freed = atomic_load_explicit(&slot->freed, memory_order_relaxed) - seen_freed;
    }
}

static void leave(const struct zm_slot *slot)
{
    if (native_totals) {
        seen_allocated =
            atomic_load_explicit(&slot->allocated, memory_order_relaxed) - slot->base_allocated;
        seen_freed = atomic_load_explicit(&slot->freed, memory_order_relaxed) - slot->base_freed;
    }
}

/* The thread's own slot, taken now if it is new; else one borrowed for this call. */
static struct zm_slot *get_slot(void)
{
    struct zm_slot *slot = zm_me;
    if (ZM_LIKELY(slot != &newcomer && slot != &leaver))
        return slot;
    slot = pop_free();
    if (!slot)
        slot = new_slot();
    if (!slot) {
        while (atomic_flag_test_and_set_explicit(&overflow_busy, memory_order_acquire))
            sched_yield();
        slot = &overflow;
    }
    enter(slot);
    if (slot != &overflow && zm_me == &newcomer) {
        atomic_store_explicit(&slot->taken, 1, memory_order_relaxed);
        zm_me = slot; /* first: pthread_setspecific may allocate */
        if (exit_key_made)
            pthread_setspecific(exit_key, slot);
    }
    return slot;
}

static void put_slot(struct zm_slot *slot)
{
    if (slot == zm_me)
        return;
    leave(slot);
    if (slot == &overflow)
        atomic_flag_clear_explicit(&overflow_busy, memory_order_release);
    else
        push_free(slot);
}

static void thread_exit(void *arg)
{
    struct zm_slot *slot = arg;
    look_at_peak(slot, 1);
    zm_me = &leaver;
    leave(slot);
    push_free(slot);
}

void *zm_count_alloc_slow(void *ptr, uint64_t usable)
{
    struct zm_slot *slot = get_slot();
    uint64_t total = native_totals
                         ? slot->base_allocated + *slot->native_allocated
                         : atomic_load_explicit(&slot->allocated, memory_order_relaxed) + usable;
    atomic_store_explicit(&slot->allocated, total, memory_order_relaxed);
    ZM_COUNT_ONE(slot->allocs, memory_order_relaxed);
    look_at_peak(slot, ZMALLOC_PEAK_SLACK);
    put_slot(slot);
    return ptr;
}

void zm_count_free_slow(uint64_t usable)
{
    struct zm_slot *slot = get_slot();
    uint64_t total = native_totals
                         ? slot->base_freed + *slot->native_freed
                         : atomic_load_explicit(&slot->freed, memory_order_relaxed) + usable;
    atomic_store_explicit(&slot->freed, total, memory_order_release);
    ZM_COUNT_ONE(slot->frees, memory_order_release);
    look_at_peak(slot, ZMALLOC_PEAK_SLACK);
    put_slot(slot);
}

/* ---- fork, start, sums ---- */

/* The child has one thread: the slots of the others have lost their owners. Their totals stay. */
static void after_fork_in_child(void)
{
    atomic_flag_clear(&overflow_busy);
    uint32_t count = atomic_load_explicit(&slot_count, memory_order_relaxed);
    for (uint32_t i = 0; i < count; i++) {
        struct zm_slot *slot = slot_at(i);
        if (slot != zm_me && atomic_load_explicit(&slot->taken, memory_order_relaxed))
            push_free(slot);
    }
}

void zm_counters_init(zm_totals_fn *totals)
{
    native_totals = totals;
    exit_key_made = pthread_key_create(&exit_key, thread_exit) == 0;
    pthread_atfork(NULL, NULL, after_fork_in_child);
}

static void add_freed(struct zm_sums *sums, struct zm_slot *slot)
{
    sums->frees += atomic_load_explicit(&slot->frees, memory_order_acquire);
    sums->freed += atomic_load_explicit(&slot->freed, memory_order_acquire);
    sums->threads += atomic_load_explicit(&slot->taken, memory_order_relaxed);
}

static void add_allocated(struct zm_sums *sums, struct zm_slot *slot)
{
    sums->allocs += atomic_load_explicit(&slot->allocs, memory_order_relaxed);
    sums->allocated += atomic_load_explicit(&slot->allocated, memory_order_relaxed);
}

static void for_each_slot(struct zm_sums *sums, void (*add)(struct zm_sums *, struct zm_slot *))
{
    uint32_t count = atomic_load_explicit(&slot_count, memory_order_acquire);
    for (uint32_t i = 0; i < count; i++)
        add(sums, slot_at(i));
    add(sums, &overflow);
}

void zm_counters_read(struct zm_sums *out)
{
    *out = (struct zm_sums){0};
    for_each_slot(out, add_freed); /* first: every block freed here is then found allocated */
    for_each_slot(out, add_allocated);
    raise_peak(out->allocated - out->freed);
    out->peak = atomic_load_explicit(&peak, memory_order_relaxed);
    out->peak_time = atomic_load_explicit(&peak_time, memory_order_relaxed);
}
