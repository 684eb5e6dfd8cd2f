/* Slots and their threads: the first call, the end of a batch, the last destructor, fork.
 *
 * A thread takes a slot at its first call and gives it back in a thread-specific-data destructor.
 * What it does after that, in other destructors, goes into a slot borrowed for one call.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "counters.h"

#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#ifdef __linux__
#    include <sys/syscall.h>
#    include <unistd.h>
#endif

#include "base/wait.h"
#include "readers.h"
#include "slots.h"
#include "sums.h"

static struct zm_slot nobody = {
    .index = ZM_SLOT_NONE, .thread = ZM_DOOR_SHUT, .refused = ZM_DOOR_SHUT};
ZM_THREAD_LOCAL struct zm_slot *zm_me = &nobody;
ZM_THREAD_LOCAL struct zm_slot *zm_beside = &nobody;

/* What the allocator's own totals of this thread were when it last gave a slot back: so much of
 * them is in slots already. */
static ZM_THREAD_LOCAL uint64_t seen_allocated, seen_freed;
static ZM_THREAD_LOCAL bool
    past_exit; /* our destructor has run: from now on the thread borrows slots */

static zm_lock overflow_busy = ZM_LOCK_INIT; /* held by the thread that borrows zm_overflow */

static zm_totals_fn *native_totals;
static pthread_key_t exit_key;
static bool exit_key_made; /* without a key slots are not given back; sums stay exact */

/* From here on the slot's totals are the allocator's totals of this thread plus a base, which is
 * chosen so that the slot goes on from the totals that it has. */
static void attach_native(struct zm_slot *slot)
{
    if (!native_totals)
        return;
    assert(!atomic_load(&slot->native) && !atomic_load(&slot->taken));
    native_totals(&slot->native_allocated, &slot->native_freed);
    slot->base_allocated = slot->allocated - seen_allocated;
    slot->base_freed = slot->freed - seen_freed;
    atomic_store(&slot->native, true);
}

static void detach_native(struct zm_slot *slot)
{
    if (!atomic_load_explicit(&slot->native, memory_order_relaxed))
        return;
    assert(zm_allocated_by(slot) >= slot->allocated && zm_freed_by(slot) >= slot->freed);
    ZM_PUBLISH(slot->allocated, zm_allocated_by(slot));
    ZM_STORE(slot->freed, zm_freed_by(slot));
    atomic_store(&slot->native, false);
}

static void give_beside(void)
{
    struct zm_slot *slot = zm_beside;
    zm_beside = &nobody;
    if (slot == &nobody || slot == zm_me)
        return;
    zm_estimate_update(slot);
    atomic_store(&slot->beside, false);
    zm_slot_give(slot);
}

/* Thread-specific data's destructor: from here on this thread borrows. */
static void thread_exits(void *arg)
{
    struct zm_slot *slot = arg;
    assert(slot == zm_me && slot != &nobody);
    if (native_totals) {
        seen_allocated = *slot->native_allocated;
        seen_freed = *slot->native_freed;
        detach_native(slot);
        zm_readers_wait(); /* the totals vanish with the thread */
    }
    zm_estimate_update(slot);
    give_beside();
    zm_me = &nobody;
    past_exit = true;
    atomic_store_explicit(&slot->taken, false, memory_order_relaxed);
    assert(atomic_load(&zm_live_threads) > 0);
    atomic_fetch_sub_explicit(&zm_live_threads, 1, memory_order_relaxed);
    zm_slot_give(slot);
}

/* No call is counted in the slot that stands for nobody. */
ZM_UNUSED static bool nobody_is_untouched(void)
{
    return !nobody.look_at && nobody.thread == ZM_DOOR_SHUT && !nobody.allocated && !nobody.freed &&
           !nobody.allocs && !nobody.frees;
}

/* As other processes see the thread. */
static uint32_t thread_number(void)
{
#ifdef __linux__
    return (uint32_t)syscall(SYS_gettid);
#else
    return 0;
#endif
}

/* ---- doors ---- */

static void *no_caches[ZM_SLOT_CACHES];

/* While it is written another thread may say what stands there for none. */
static void take_cache_away(struct zm_slot *slot, unsigned number)
{
    void *none = __atomic_load_n(&no_caches[number], __ATOMIC_SEQ_CST), *before;
    do {
        before = none;
        __atomic_store_n(&slot->caches[number], none, __ATOMIC_SEQ_CST);
        none = __atomic_load_n(&no_caches[number], __ATOMIC_SEQ_CST);
    } while (none != before);
}

/* For its owner, who is the calling thread, or for nobody. */
static void set_doors(struct zm_slot *slot, bool open)
{
    uint64_t thread = ZM_DOOR_SHUT;
#ifdef ZM_THREAD_POINTER
    if (open)
        ZM_THREAD_POINTER(thread);
#endif
    slot->thread = thread;
    slot->refused = open ? ZM_DOOR_REFUSED : ZM_DOOR_SHUT;
    for (unsigned i = 0; i < ZM_SLOT_CACHES; i++)
        take_cache_away(slot, i);
}

void zm_counters_no_cache(unsigned number, void *none)
{
    if (no_caches[number])
        return;
    __atomic_store_n(&no_caches[number], none, __ATOMIC_SEQ_CST);
    take_cache_away(&nobody, number);
    take_cache_away(&zm_overflow, number);
    uint32_t count = zm_slot_count();
    for (uint32_t i = 0; i < count; i++)
        take_cache_away(zm_slot_at(i), number);
}

/* What counts at the moment may be another slot than the thread's own. */
void zm_counters_forget(unsigned number)
{
    struct zm_slot *slots[] = {zm_me, zm_beside,
                               exit_key_made ? pthread_getspecific(exit_key) : NULL};
    for (size_t i = 0; i < sizeof slots / sizeof *slots; i++)
        if (slots[i] && slots[i] != &nobody)
            take_cache_away(slots[i], number);
}

/* The thread's own slot, taken now if it is new; else one borrowed for this call. */
static struct zm_slot *get_slot(void)
{
    assert(nobody_is_untouched());
    if (zm_me != &nobody)
        return zm_me;
    struct zm_slot *slot = zm_slot_take();
    if (!slot) {
        zm_lock_take(&overflow_busy);
        slot = &zm_overflow;
    }
    attach_native(slot);
    if (slot != &zm_overflow && !past_exit) {
        atomic_store_explicit(&slot->taken, true, memory_order_relaxed);
        atomic_fetch_add_explicit(&zm_live_threads, 1, memory_order_relaxed);
        ZM_STORE(slot->limit_at, 0);
        /* These are stale with native totals: what they were before this thread's first call. */
        ZM_STORE(slot->before_allocated, ZM_LOAD(slot->allocated));
        ZM_STORE(slot->before_freed, ZM_LOAD(slot->freed));
        ZM_STORE(slot->before_allocs, ZM_LOAD(slot->allocs));
        ZM_STORE(slot->tid, thread_number());
        set_doors(slot, true);
        zm_me = slot;
        slot->look_at = 1;
        if (exit_key_made)
            pthread_setspecific(exit_key, slot); /* which may allocate: all is in order by now */
    }
    return slot;
}

static void put_slot(struct zm_slot *slot)
{
    zm_look_at_peak(slot);
    if (slot == zm_me)
        return;
    assert(slot != &nobody && !atomic_load(&slot->taken));
    if (native_totals) {
        seen_allocated = *slot->native_allocated;
        seen_freed = *slot->native_freed;
        detach_native(slot);
        zm_readers_wait();
    }
    if (slot == &zm_overflow)
        zm_lock_give(&overflow_busy);
    else
        zm_slot_give(slot);
}

bool zm_counters_attach(void)
{
    if (past_exit) /* even if it has borrowed one */
        return false;
    if (zm_me != &nobody)
        return true;
    struct zm_slot *slot = get_slot();
    put_slot(slot);
    return slot == zm_me;
}

void *zm_count_alloc_slow(void *ptr, uint64_t usable)
{
    struct zm_slot *slot = get_slot();
    ZM_PUBLISH(slot->allocated, ZM_LOAD(slot->allocated) + usable);
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

/* The thread's second slot if the allocator counts its own bytes, else its first. A thread that
 * gets none of its own borrows one. */
static struct zm_slot *get_beside(bool attached)
{
    static const uint64_t none;
    if (attached && !native_totals)
        return zm_beside = zm_me;
    struct zm_slot *slot = zm_slot_take();
    if (!slot) {
        zm_lock_take(&overflow_busy);
        return &zm_overflow;
    }
    /* What a signal handler allocates meanwhile, though it may not, looks for them there. */
    slot->native_allocated = slot->native_freed = &none;
    slot->base_allocated = 0;
    slot->look_at = attached;
    set_doors(slot, attached);
    if (!attached)
        return slot;
    atomic_store(&slot->beside, true);
    return zm_beside = slot;
}

struct zm_slot *zm_beside_begin_slow(void)
{
    bool attached = zm_counters_attach();
    struct zm_slot *own = zm_me;
    zm_me = get_beside(attached);
    return own;
}

void zm_beside_end_slow(struct zm_slot *borrowed)
{
    if (borrowed == &zm_overflow)
        zm_lock_give(&overflow_busy);
    else
        zm_slot_give(borrowed);
}

/* The child has one thread: the others' slots have lost their owners. Their native totals can still
 * be read, for the last time. */
static void after_fork_in_child(void)
{
    zm_readers_after_fork();
    zm_lock_give(&overflow_busy);
    detach_native(&zm_overflow);
    uint32_t count = zm_slot_count();
    for (uint32_t i = 0; i < count; i++) {
        struct zm_slot *slot = zm_slot_at(i);
        if (slot == zm_me)
            continue;
        detach_native(slot);
        bool taken = atomic_exchange(&slot->taken, false);
        if (slot != zm_beside && (atomic_exchange(&slot->beside, false) || taken))
            zm_slot_give(slot);
    }
    atomic_store_explicit(&zm_live_threads, zm_me != &nobody, memory_order_relaxed);
    zm_peak_after_fork();
    if (zm_me == &nobody)
        return;
    ZM_STORE(zm_me->tid, thread_number());
    zm_look_at_peak(zm_me); /* its batch is still a share of the parent's peak */
}

void zm_counters_init(zm_totals_fn *totals)
{
    native_totals = totals;
    if (totals) {
        const uint64_t *allocated, *freed;
        totals(&allocated, &freed);
        seen_allocated = *allocated;
        seen_freed = *freed;
    }
    exit_key_made = pthread_key_create(&exit_key, thread_exits) == 0;
    pthread_atfork(NULL, NULL, after_fork_in_child);
}
