/* The memory limit: a layer that asks before it calls on, in the active table while there is a
 * limit. So it costs nothing where there is none, and nothing that is refused is ever allocated.
 *
 * Each thread has an allowance, which reaches up to `limit_at` of its slot's allocated total. Only
 * the owner raises it, under the lock; a new limit takes all allowances back.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "limit.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#include "accounting/counters.h"
#include "accounting/readers.h"
#include "accounting/sums.h"
#include "active.h"
#include "backends/control.h"
#include "base/environment.h"
#include "base/wait.h"
#include "layers.h"
#include "limit_rss.h"
#include "reclaim.h"

#define VARIABLE "ZMALLOC_LIMIT"

enum {
    TRIES = 64, /* reclaims for one allocation: then somebody else takes all that is freed */
    SETTINGS = 4,
};

/* Never changed while it is the current one: so a fork finds it whole. */
struct settings {
    struct zmalloc_limit limit;
    struct zm_reclaim reclaim;
};
static struct settings settings[SETTINGS];
static struct settings *_Atomic current = &settings[0];
static zm_lock setting = ZM_LOCK_INIT; /* held by whoever replaces the current one */

static const struct zm_backend *base;      /* what a limit is over */
static const struct zm_backend *allocator; /* below the wraps, if there are any */

static zm_lock asking = ZM_LOCK_INIT; /* guards the allowances, and all up to the blank line */
/* Set in the thread that holds it. Resident memory is read by functions that a program or a library
 * may have put its own in the place of; what those allocate is let through. */
static ZM_THREAD_LOCAL bool deciding;

struct zm_live_limits zm_limits_told;

static void begin_asking(void)
{
    zm_lock_take(&asking);
    deciding = true;
}

static void end_asking(void)
{
    deciding = false;
    zm_lock_give(&asking);
}

/* ---- what is used ---- */

/* What other threads have allocated since the sums were read, and what they still may. A thread's
 * total is looked at only once, so that a block that is just being counted is neither missed nor
 * counted twice. */
static uint64_t allowed_to_others(const struct zm_slot *me, const struct zm_sums *sums)
{
    uint32_t count = zm_slot_count();
    struct zm_reader reader = zm_readers_begin();
    uint64_t reach = zm_allocated_by(&zm_overflow);
    for (uint32_t i = 0; i < count; i++) {
        const struct zm_slot *slot = zm_slot_at(i);
        uint64_t at = zm_allocated_by(slot), to = ZM_LOAD(slot->limit_at);
        bool may = slot != me && atomic_load_explicit(&slot->taken, memory_order_relaxed);
        reach += may && to > at ? to : at;
    }
    zm_readers_end(reader);
    return reach - sums->allocated;
}

/* ---- asking ---- */

struct answer {
    uint64_t wanted; /* bytes that should be given back first; 0: there is room */
    bool hard;       /* they must be */
    struct settings *by;
};

/* Asks whether a block of `size` may be had, which is `more` bytes larger than the one it replaces.
 * Nothing is allowed before `reclaim` was called, which may never come back; `called`: for the soft
 * limit it was. */
static struct answer ask(size_t size, size_t more, bool owns_slot, bool called)
{
    struct zm_slot *me = zm_me;
    struct settings *by = current;
    const struct zmalloc_limit *limit = &by->limit;
    struct zm_sums sums;
    zm_sums_read(&sums);
    uint64_t now =
        limit->of == ZMALLOC_LIMIT_RSS ? zm_limit_rss(&sums) : sums.allocated - sums.freed;
    uint64_t then = now + more + allowed_to_others(me, &sums);
    if (limit->hard && then > limit->hard)
        return (struct answer){then - limit->hard, true, by};
    if (!called && limit->soft && limit->reclaim && now + more > limit->soft)
        return (struct answer){now + more - limit->soft, false, by};
    uint64_t spare = limit->hard ? (limit->hard - then) / 16 : ZMALLOC_LIMIT_SLACK;
    if (owns_slot)
        ZM_STORE(me->limit_at, zm_allocated_by(me) + size +
                                   (spare < ZMALLOC_LIMIT_SLACK ? spare : ZMALLOC_LIMIT_SLACK));
    return (struct answer){0, false, by};
}

/* Asks under the lock. If something should be given back, the settings whose function is to do
 * it are held. */
static struct answer ask_alone(size_t size, size_t more, bool called)
{
    /* A new thread gets its slot now: without one its allowance could not be counted as used by
     * those who ask next. */
    bool owns_slot = zm_counters_attach();
    begin_asking();
    struct answer answer = ask(size, more, owns_slot, called);
    if (answer.wanted && answer.by->limit.of == ZMALLOC_LIMIT_RSS) {
        zm_limit_rss_read_anew(); /* what was freed shows in a new reading only */
        answer = ask(size, more, owns_slot, called);
    }
    if (answer.wanted)
        zm_reclaim_enter(&answer.by->reclaim);
    end_asking();
    return answer;
}

/* What a reclaim frees goes to its thread's cache first, out of a purge's reach. */
static void purge(void)
{
    const struct zm_control *control = allocator->ops->control;
    if (control && control->flush)
        (void)control->flush();
    if (control && control->purge)
        (void)control->purge();
}

static void count(uint64_t *figure, uint64_t by)
{
    __atomic_fetch_add(figure, by, __ATOMIC_RELAXED);
}

/* The caller holds `by`; this lets it go. False: nothing was freed. */
static bool reclaim(struct settings *by, uint64_t wanted, bool purges)
{
    if (!by->reclaim.function) {
        zm_reclaim_leave(&by->reclaim);
        return false;
    }
    count(&zm_limits_told.reclaims, 1); /* it may never come back */
    size_t freed = zm_reclaim_call(&by->reclaim, wanted > SIZE_MAX ? SIZE_MAX : (size_t)wanted);
    if (purges)
        purge();
    count(&zm_limits_told.reclaimed, freed);
    return freed != 0;
}

static ZM_COLD bool admit_slow(size_t size, const void *ptr)
{
    if (deciding)
        return true;
    size_t old = ptr ? ZM_LOAD(base->front)->usable(ptr) : 0;
    if ((ptr && size <= old) || zm_reclaim_is_running(__builtin_frame_address(0)))
        return true;
    int saved_errno = errno;
    bool called = false; /* who passes the soft limit is asked once */
    for (int tries = 0;; tries++) {
        struct answer answer = ask_alone(size, size - old, called);
        if (!answer.wanted)
            break;
        called |= !answer.hard;
        bool freed = reclaim(answer.by, answer.wanted, answer.by->limit.of == ZMALLOC_LIMIT_RSS);
        if (answer.hard && (!freed || tries == TRIES)) {
            count(&zm_limits_told.refused, 1);
            return false;
        }
    }
    errno = saved_errno;
    return true;
}

/* Sizes above PTRDIFF_MAX are let through, because they fail below anyway. */
static inline bool admit(size_t size, const void *ptr)
{
    const struct zm_slot *me = zm_me;
    if (ZM_LIKELY(zm_allocated_by(me) + size <= ZM_LOAD(me->limit_at)) || size > PTRDIFF_MAX)
        return true;
    return admit_slow(size, ptr);
}

/* The system has refused what the limit allows: then, too, the program is asked to free
 * something. What it frees may be of no use until the allocator has given it to the system,
 * hence the purge. */
static ZM_COLD bool again(size_t size, int tries)
{
    ZM_STORE(zm_me->limit_at, 0); /* what was allowed was not taken; nobody's is 0 already */
    if (deciding || size > PTRDIFF_MAX || tries > TRIES ||
        zm_reclaim_is_running(__builtin_frame_address(0)))
        return false;
    begin_asking();
    struct settings *by = current;
    zm_reclaim_enter(&by->reclaim);
    end_asking();
    return reclaim(by, size, true);
}

/* Heaps come between while the program runs. */
static inline const struct zm_front *below(void)
{
    return __atomic_load_n(&base->front, __ATOMIC_ACQUIRE);
}

#define ZM_LAYER                     limited
#define ZM_LAYER_FUNCTIONS           ZM_FRONT_FUNCTIONS
#define ZM_LAYER_BELOW               below()
#define ZM_LAYER_ADMITS(ptr, bytes)  admit(bytes, ptr)
#define ZM_LAYER_AGAIN(bytes, tries) again(bytes, tries)
#include "backends/layer_tmpl.h"

#define PASS_ON(name, ...) functions.name = below()->name;
#define KEEP(...)

/* Functions that give blocks back have nothing to ask: they stay those of the front below. */
static const struct zm_front *limited(void)
{
    static struct zm_front functions = {ZM_LAYER_ENTRIES};
    ZM_FRONT_FUNCTIONS(KEEP, KEEP, PASS_ON, PASS_ON, PASS_ON)
    return &functions;
}

/* ---- setting it ---- */

static struct settings *unused(void)
{
    for (int i = 0; i < SETTINGS; i++)
        if (&settings[i] != current && !atomic_load(&settings[i].reclaim.inside))
            return &settings[i];
    return NULL;
}

static void replace(struct settings *by)
{
    begin_asking();
    current = by;
    ZM_STORE(zm_limits_told.soft, by->limit.soft);
    ZM_STORE(zm_limits_told.hard, by->limit.hard);
    ZM_STORE(zm_limits_told.of, by->limit.of);
    zm_limit_rss_read_anew();
    for (uint32_t i = 0, count = zm_slot_count(); i < count; i++)
        ZM_STORE(zm_slot_at(i)->limit_at, 0);
    end_asking();
}

static const struct zm_front *functions_of(const struct settings *which)
{
    return which->limit.soft || which->limit.hard ? limited() : below();
}

/* 0, with what was current before, or -errno with nothing changed. */
static int set(const struct zmalloc_limit *fresh, struct settings **before)
{
    struct settings *next = unused();
    if (!next)
        return -EBUSY;
    next->limit = *fresh;
    next->reclaim.function = fresh->reclaim;
    next->reclaim.arg = fresh->arg;
    *before = current;
    replace(next);
    int error = zm_activate(functions_of(next));
    if (error)
        replace(*before);
    return error;
}

int zm_limit_stand_anew(void)
{
    zm_lock_take(&setting);
    int error = zm_activate(functions_of(current));
    zm_lock_give(&setting);
    return error;
}

static bool is_set(void)
{
    return current->limit.soft || current->limit.hard;
}

bool zm_limit_admits(size_t size)
{
    return !is_set() || admit(size, NULL);
}

/* In most processes these are bytes of the thread's own slot, and taken by that. */
void zm_limit_takes(size_t size)
{
    uint64_t seen = ZM_LOAD(zm_me->limit_at), rest;
    do
        rest = seen > size ? seen - size : 0;
    while (zm_beside != zm_me && seen &&
           !__atomic_compare_exchange_n(&zm_me->limit_at, &seen, rest, true, __ATOMIC_RELAXED,
                                        __ATOMIC_RELAXED));
}

int zmalloc_set_limit(const struct zmalloc_limit *wanted)
{
    struct zmalloc_limit fresh = {.struct_size = sizeof fresh};
    if (wanted) {
        fresh = *wanted;
        int error = zm_limit_check(&fresh);
        if (error)
            return error;
    }
    (void)ZM_CALL(usable)(NULL); /* makes the choice, if nothing has yet */
    struct settings *before;
    zm_lock_take(&setting);
    int error = set(&fresh, &before);
    zm_lock_give(&setting);
    if (error)
        return error;
    return zm_reclaim_wait(&before->reclaim, __builtin_frame_address(0)) ? 0 : -EBUSY;
}

int zmalloc_get_limit(struct zmalloc_limit_state *out)
{
    if (out->struct_size != sizeof *out)
        return -EINVAL;
    begin_asking();
    const struct settings *now = current;
    out->of = now->limit.of;
    out->soft = now->limit.soft;
    out->hard = now->limit.hard;
    end_asking();
    out->reclaims = ZM_LOAD(zm_limits_told.reclaims);
    out->reclaimed_bytes = ZM_LOAD(zm_limits_told.reclaimed);
    out->refused = ZM_LOAD(zm_limits_told.refused);
    return 0;
}

/* ---- start and fork ---- */

/* The locks are held for moments in which nothing is left half done that matters; a handler that
 * took them before a fork would have the program's own handlers wait for their own thread. */
static void after_fork_in_child(void)
{
    /* Another thread may have been at it: then the table holds some functions of each kind, or of
     * before a layer that is there by now. */
    bool at_it = atomic_flag_test_and_set(&setting);
    const struct zm_front *wanted = functions_of(current);
    if (at_it || !zm_is_active(wanted))
        (void)zm_activate(wanted);
    zm_lock_give(&setting);
    zm_lock_give(&asking);
    zm_limit_rss_read_anew();
    for (int i = 0; i < SETTINGS; i++)
        zm_reclaim_after_fork(&settings[i].reclaim);
}

static void set_from_environment(void)
{
    static char buf[4096];
    const char *text = zm_environment(VARIABLE, buf, sizeof buf);
    if (!text || !*text || !zm_environment_trusted())
        return;
    struct zmalloc_limit wanted;
    struct settings *before;
    const char *why = zm_limit_parse(text, &wanted);
    if (!why && zm_limit_check(&wanted) != 0)
        why = "this system does not tell resident memory";
    if (!why && set(&wanted, &before) != 0)
        why = "the library's table of functions can't be written";
    if (why) {
        zm_complain("zmalloc: " VARIABLE "=", text, ": ", why, (char *)NULL);
        abort();
    }
}

/* Returns `below`: the limit puts itself into the active table whenever there is one. */
static const struct zm_backend *start(const struct zm_backend *below,
                                      const struct zm_backend *backend)
{
    base = below;
    allocator = backend;
    zm_reclaim_start();
    pthread_atfork(NULL, NULL, after_fork_in_child);
    set_from_environment();
    return below;
}

const struct zm_layer zm_layer_limit = {.start = start};
