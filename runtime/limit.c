/* The memory limit: functions that ask for leave and call on, put into the active table while there
 * is one. So it costs nothing where there is none, and nothing that is refused is ever allocated.
 *
 * A thread's leave reaches up to `limit_at` of its slot's allocated total. Only the owner raises
 * it, under the lock; zmalloc_set_limit takes all leave back.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include <zmalloc/limit.h>

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <time.h>
#include <zmalloc.h>

#include "accounting/count.h"
#include "accounting/readers.h"
#include "accounting/sums.h"
#include "active.h"
#include "choice.h"

enum { TRIES = 64 }; /* reclaims for one allocation: then somebody else takes all that is freed */

static atomic_flag busy = ATOMIC_FLAG_INIT;
static struct zmalloc_limit limit; /* with the lock, as all below */
static struct zmalloc_sysinfo_rss rss_handle;
static uint64_t rss_read, rss_at_ns, rss_allocated;

static _Atomic uint64_t reclaims, reclaimed, refused;
static ZM_THREAD_LOCAL bool reclaiming;
static const struct zm_front *below;

static void lock(void)
{
    while (atomic_flag_test_and_set_explicit(&busy, memory_order_acquire))
        sched_yield();
}

static void unlock(void)
{
    atomic_flag_clear_explicit(&busy, memory_order_release);
}

/* ---- what is used ---- */

static uint64_t nanoseconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000U + (uint64_t)now.tv_nsec;
}

/* The last reading and all that was allocated since: never too low by what went through us. */
static uint64_t rss(const struct zm_sums *sums)
{
    uint64_t now = nanoseconds();
    if (now - rss_at_ns >= 1000000 && zmalloc_sysinfo_rss_read(&rss_handle, &rss_read) == 0) {
        rss_at_ns = now;
        rss_allocated = sums->allocated;
    }
    return rss_read + (sums->allocated - rss_allocated);
}

/* What other threads have leave for and have not used. */
static uint64_t leave_of_others(const struct zm_slot *me)
{
    uint64_t sum = 0;
    uint32_t count = zm_slot_count();
    unsigned phase = zm_readers_begin();
    for (uint32_t i = 0; i < count; i++) {
        const struct zm_slot *slot = zm_slot_at(i);
        if (slot == me || !atomic_load_explicit(&slot->taken, memory_order_relaxed))
            continue;
        uint64_t to = ZM_LOAD(slot->limit_at), at = zm_allocated_by(slot);
        sum += to > at ? to - at : 0;
    }
    zm_readers_end(phase);
    return sum;
}

/* ---- leave ---- */

/* For a block of `size` that takes `more` than the one it replaces. Returns the bytes that are
 * wanted: 0 if there is room; *hard: whether they must be had. */
static uint64_t ask(size_t size, size_t more, bool *hard)
{
    struct zm_slot *me = zm_me;
    struct zm_sums sums;
    zm_sums_read(&sums);
    bool mine = me->look_at != 0; /* not nobody's slot: a thread's first call, or after its last */
    uint64_t now = limit.of == ZMALLOC_LIMIT_RSS ? rss(&sums) : sums.allocated - sums.freed;
    uint64_t then = now + more + leave_of_others(me);
    *hard = limit.hard && then > limit.hard;
    if (*hard)
        return then - limit.hard;
    uint64_t spare = limit.hard ? (limit.hard - then) / 16 : ZMALLOC_LIMIT_SLACK;
    if (mine)
        ZM_STORE(me->limit_at, zm_allocated_by(me) + size +
                                   (spare < ZMALLOC_LIMIT_SLACK ? spare : ZMALLOC_LIMIT_SLACK));
    return limit.soft && now + more > limit.soft ? now + more - limit.soft : 0;
}

/* False: nothing was freed. */
static bool reclaim(uint64_t wanted, size_t (*function)(size_t, void *), void *arg, bool purge)
{
    if (!function)
        return false;
    reclaiming = true;
    size_t freed = function(wanted > SIZE_MAX ? SIZE_MAX : (size_t)wanted, arg);
    if (purge)
        (void)zmalloc_purge();
    reclaiming = false;
    atomic_fetch_add_explicit(&reclaims, 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&reclaimed, freed, memory_order_relaxed);
    return freed != 0;
}

static ZM_COLD bool admit_slow(size_t size, const void *ptr)
{
    size_t old = ptr ? below->usable(ptr) : 0;
    if (reclaiming || (ptr && size <= old))
        return true;
    int saved_errno = errno;
    bool hard, once = false;
    for (int tries = 0;; tries++) {
        lock();
        if (tries)
            rss_at_ns = 0; /* what was freed shows in a new reading only */
        uint64_t wanted = ask(size, size - old, &hard);
        size_t (*function)(size_t, void *) = limit.reclaim;
        void *arg = limit.arg;
        bool purge = limit.of == ZMALLOC_LIMIT_RSS;
        unlock();
        if (!wanted || (!hard && once))
            break;
        once = !hard;
        if ((!reclaim(wanted, function, arg, purge) || tries == TRIES) && hard) {
            atomic_fetch_add_explicit(&refused, 1, memory_order_relaxed);
            return false;
        }
    }
    errno = saved_errno;
    return true;
}

/* Sizes that nobody has go on, and fail below. */
static inline bool admit(size_t size, const void *ptr)
{
    const struct zm_slot *me = zm_me;
    if (ZM_LIKELY(zm_allocated_by(me) + size <= ZM_LOAD(me->limit_at)) || size > PTRDIFF_MAX)
        return true;
    return admit_slow(size, ptr);
}

/* ---- the functions ---- */

#define ZM_LAYER                    limited
#define ZM_LAYER_FUNCTIONS          ZM_FRONT_FUNCTIONS
#define ZM_LAYER_BELOW              below
#define ZM_LAYER_ADMITS(ptr, bytes) admit(bytes, ptr)
#include "backends/layer_tmpl.h"

#define PASS_ON(name, ...) functions.name = front->name;
#define KEEP(...)

/* What gives blocks back does not ask. */
static const struct zm_front *limited(const struct zm_front *front)
{
    static struct zm_front functions = {ZM_LAYER_ENTRIES};
    below = front;
    ZM_FRONT_FUNCTIONS(KEEP, KEEP, PASS_ON, PASS_ON, PASS_ON)
    return &functions;
}

/* ---- setting it ---- */

static int effective(uint64_t *out)
{
    struct zmalloc_sysinfo_limit here = {.struct_size = sizeof here};
    int error = zmalloc_sysinfo_limit(0, &here);
    if (error)
        return error;
    if (!(here.has & ZMALLOC_SYSINFO_LIMIT_EFFECTIVE))
        return -ENOTSUP;
    *out = here.effective;
    return 0;
}

static int check(struct zmalloc_limit *wanted)
{
    if (wanted->struct_size != sizeof *wanted || wanted->of > ZMALLOC_LIMIT_RSS)
        return -EINVAL;
    int error = wanted->hard == ZMALLOC_LIMIT_EFFECTIVE ? effective(&wanted->hard) : 0;
    if (error == 0 && wanted->hard && wanted->soft > wanted->hard)
        error = -EINVAL;
    return error;
}

int zmalloc_set_limit(const struct zmalloc_limit *wanted)
{
    static bool fork_handlers;
    struct zmalloc_limit fresh = {.struct_size = sizeof fresh};
    if (wanted) {
        fresh = *wanted;
        int error = check(&fresh);
        if (error)
            return error;
    }
    const struct zm_front *front = zm_chosen_front();
    lock();
    limit = fresh;
    rss_at_ns = 0;
    for (uint32_t i = 0, count = zm_slot_count(); i < count; i++)
        ZM_STORE(zm_slot_at(i)->limit_at, 0);
    int error = zm_activate(fresh.soft || fresh.hard ? limited(front) : front);
    bool first = !fork_handlers;
    fork_handlers = true;
    unlock();
    if (first)
        pthread_atfork(lock, unlock, unlock);
    return error;
}

int zmalloc_get_limit(struct zmalloc_limit_state *out)
{
    if (out->struct_size != sizeof *out)
        return -EINVAL;
    lock();
    out->of = limit.of;
    out->soft = limit.soft;
    out->hard = limit.hard;
    unlock();
    out->reclaims = atomic_load(&reclaims);
    out->reclaimed_bytes = atomic_load(&reclaimed);
    out->refused = atomic_load(&refused);
    return 0;
}
