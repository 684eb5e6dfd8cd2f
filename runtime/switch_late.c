/* Switching a process that was not started for it: the layer comes while other threads run.
 *
 * Blocks from before it have no owner in the map, and are the first backend's. Nothing new begins
 * before the layer has stood for a while: a call that had been under way without it has then given
 * its block, and no page of it can have been another backend's. Where the first notes each block,
 * this is the one thing that nothing but time makes sure of; where it tells of its pages, nothing
 * is left to time. ZMALLOC_SWITCH=on needs no such wait.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <time.h>

#include "accounting/counters.h"
#include "change.h"
#include "fronts.h"
#include "heaps/heaps.h"
#include "limit.h"
#include "live.h"
#include "switch.h"

#define GRACE_NS 1000000

_Atomic uint32_t zm_switch_hindrances;

/* ---- the layer over a backend with totals of its own ---- */

/* What the others give and take is not in those totals: it is counted beside. */
struct call {
    struct zm_slot *own; /* NULL: counted in the thread's own slot */
    const struct zm_slot *beside;
    uint64_t before; /* what was allocated in that */
};

static inline struct call enter(unsigned code)
{
    code &= ~(unsigned)ZM_LIVE_PURGE;
    if (code == zm_switch_first->code || code == 0)
        return (struct call){NULL, NULL, 0};
    struct zm_slot *own = zm_beside_begin();
    return (struct call){own, zm_me, ZM_LOAD(zm_me->allocated)};
}

/* The limit's allowances are of the thread's own slot. */
static inline void leave(const struct call *call)
{
    if (!call->own)
        return;
    uint64_t took = zm_me == call->beside ? ZM_LOAD(zm_me->allocated) - call->before : 0;
    zm_beside_end(call->own);
    if (ZM_UNLIKELY(took && ZM_LOAD(call->own->limit_at)))
        zm_limit_takes(took);
}

#define ENTER(number)               \
    const unsigned code = (number); \
    __attribute__((cleanup(leave), unused)) const struct call call = enter(code)

static struct zm_front table;

#define ZM_LAYER             beside
#define ZM_LAYER_FUNCTIONS   ZM_FRONT_FUNCTIONS
#define ZM_LAYER_ENTER()     ENTER(zm_front_now())
#define ZM_LAYER_ENTER_PTR() ENTER(zm_owner_of(ptr))
#define ZM_LAYER_BELOW       (&zm_fronts[code].front)
#define ZM_LAYER_MOVES()     (code != zm_front_running())
#define ZM_LAYER_RESIZE()    zm_front_move(&table, ptr, size)
#include "backends/layer_tmpl.h"

/* The handler may never come back, and must not be called between enter and leave. Names that the
 * program has too may be macros, under -Dsymbol_prefix=: so they are pasted as the template does.
 */

static void *late_zmalloc(size_t size)
{
    ZM_OR(ZM_LAYER_NAME(ztrymalloc)(size), zm_oom(size));
}

static void *late_zcalloc(size_t size)
{
    ZM_OR(beside_alloc_zeroed(size).ptr, zm_oom(size));
}

static void *late_zmalloc_usable(size_t size, size_t *usable)
{
    ZM_OR(ZM_LAYER_NAME(ztrymalloc_usable)(size, usable), zm_oom(size));
}

static void *late_zrealloc(void *ptr, size_t size)
{
    if (ptr && size == 0) {
        ZM_LAYER_NAME(zfree)(ptr);
        return NULL;
    }
    ZM_OR((ptr ? beside_resize(ptr, size) : beside_alloc(size)).ptr, zm_oom(size));
}

static struct zm_front table = {ZM_LAYER_ENTRIES};

static const struct zm_front *late_front(void)
{
    table.zmalloc = late_zmalloc;
    table.zcalloc = late_zcalloc;
    table.zmalloc_usable = late_zmalloc_usable;
    table.zrealloc = late_zrealloc;
    return &table;
}

/* ---- installing it ---- */

/* In the child of a fork that came while another thread was at it this is done once more. */
static int install(void)
{
    static bool installed;
    const struct zm_backend *first = zm_switch_first;
    const struct zm_backend whole = zm_switch_layer;
    if (installed)
        return 0;
    zm_front_add(first);
    zm_front_run(first->code);
    zm_switch_layer.ops = zm_switch_current()->ops;
    __atomic_store_n(&zm_switch_layer.front, first->ops->totals ? late_front() : &zm_front_switched,
                     __ATOMIC_RELEASE);
    int error = zm_heaps_stand_anew();
    if (error) { /* or the next call would find it done */
        zm_switch_layer = whole;
        zm_front_run(0);
        ZM_STORE(zm_fronts_started, 0);
        return error;
    }
    installed = true;
    nanosleep(&(struct timespec){.tv_nsec = GRACE_NS}, NULL);
    zm_live_tell_switch();
    return 0;
}

bool zm_switch_has_totals_of(const struct zm_backend *backend)
{
    return zm_front_code && zm_switch_first == backend && backend->ops->totals;
}

/* The layer first: a page that the other notes and gives back while it starts may be the first's
 * next, and a block in it must be noted. */
static int add(const struct zm_backend *to)
{
    zm_fronts_begin(zm_switch_first);
    int error = install();
    if (!error && to->code != zm_switch_first->code)
        error = zm_change_start(to);
    if (!error && !zm_front_is_started(to->code)) {
        zm_front_add(to);
        zm_live_tell_switch();
    }
    return error;
}

int zm_switch_late(const struct zm_backend *to)
{
    if (!zm_switch_first)
        return -ENOTSUP;
    if (atomic_load(&zm_switch_hindrances))
        return -EBUSY;
    int saved_errno = errno;
    if (!zm_change_begin())
        return -EDEADLK;
    int error = add(to);
    zm_change_end();
    errno = saved_errno;
    return error;
}
