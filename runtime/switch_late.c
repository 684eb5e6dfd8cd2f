/* Switching a process that was not started for it: the layer comes while other threads run.
 *
 * Blocks from before it have no owner in the map, and are the first backend's. Nothing new begins
 * before the layer has stood for a while: a call that had been under way without it has then given
 * its block, and no page of it can have been another backend's. This is the one thing that nothing
 * but time makes sure of; ZMALLOC_SWITCH=on needs no such wait.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <time.h>

#include "accounting/counters.h"
#include "base/wait.h"
#include "choice.h"
#include "fronts.h"
#include "heaps/heaps.h"
#include "limit.h"
#include "live.h"
#include "switch.h"

#define GRACE_NS 1000000

_Atomic uint32_t zm_switch_hindrances;

/* ---- the layer over a backend with totals of its own ---- */

static unsigned first_code; /* of that backend */

/* What the others give and take is not in those totals: it is counted beside. */
static inline struct zm_slot *enter(unsigned code)
{
    return code == first_code || code == 0 ? NULL : zm_beside_begin();
}

static inline void leave(struct zm_slot *const *own)
{
    if (*own)
        zm_beside_end(*own);
}

#define ENTER(number)               \
    const unsigned code = (number); \
    __attribute__((cleanup(leave), unused)) struct zm_slot *own = enter(code)

static struct zm_block move(void *ptr, size_t size, unsigned home);

#define ZM_LAYER             beside
#define ZM_LAYER_FUNCTIONS   ZM_FRONT_FUNCTIONS
#define ZM_LAYER_ENTER()     ENTER(zm_front_running())
#define ZM_LAYER_ENTER_PTR() ENTER(zm_owner_of(ptr))
#define ZM_LAYER_BELOW       (&zm_fronts[code].front)
#define ZM_LAYER_MOVES()     (code != zm_front_running())
#define ZM_LAYER_OWNS()      false
#define ZM_LAYER_RESIZE()    move(ptr, size, code)
#define ZM_LAYER_USABLE()    0
#define ZM_LAYER_FREE()      0
#include "backends/layer_tmpl.h"

/* As in switch_layer.c. Each call counts where it must. Names that the program has too may be
 * macros, under -Dsymbol_prefix=: so they are pasted as the template does. */
static struct zm_block move(void *ptr, size_t size, unsigned home)
{
    struct zm_block fresh = {NULL, 0};
    if (size || !ptr) {
        fresh = beside_alloc(size);
        if (!fresh.ptr)
            return fresh;
    }
    if (size && ptr) {
        size_t old = zm_fronts[home].front.usable(ptr);
        memcpy(fresh.ptr, ptr, old < size ? old : size);
    }
    ZM_LAYER_NAME(zfree)(ptr);
    return fresh;
}

/* The handler may never come back, and must not be called between enter and leave. */

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

static const struct zm_front *late_front(void)
{
    static struct zm_front table = {ZM_LAYER_ENTRIES};
    table.zmalloc = late_zmalloc;
    table.zcalloc = late_zcalloc;
    table.zmalloc_usable = late_zmalloc_usable;
    table.zrealloc = late_zrealloc;
    return &table;
}

/* ---- installing it ---- */

/* Guards what follows; held while a backend starts, so others sleep meanwhile. */
static zm_lock switching = ZM_LOCK_INIT;
static ZM_THREAD_LOCAL bool switches; /* set in the thread that holds it */
static uint64_t starting, lost;       /* bits by code - 1: being started; while somebody forked */

static void after_fork_in_child(void)
{
    if (switches)
        return;
    lost |= starting;
    starting = 0;
    zm_lock_give(&switching);
}

static int install(void)
{
    const struct zm_backend *first = zm_switch_first;
    const struct zm_backend whole = zm_switch_layer;
    if (zm_front_code)
        return 0;
    zm_fronts[0].front = *first->front;
    zm_front_add(first);
    zm_counters_usable_by(zm_switch_usable(first));
    first_code = first->code;
    zm_front_run(first->code);
    zm_switch_layer.ops = zm_switch_current()->ops;
    __atomic_store_n(&zm_switch_layer.front, first->ops->totals ? late_front() : &zm_front_switched,
                     __ATOMIC_RELEASE);
    int error = zm_heaps_stand_anew();
    if (error) {
        zm_switch_layer = whole;
        zm_front_run(0);
        return error;
    }
    nanosleep(&(struct timespec){.tv_nsec = GRACE_NS}, NULL);
    zm_live_tell_switch();
    return 0;
}

static int start(const struct zm_backend *to)
{
    uint64_t bit = UINT64_C(1) << (to->code - 1);
    if (lost & bit)
        return -EBUSY;
    int error = install();
    if (error || zm_fronts_started & bit)
        return error;
    starting = bit;
    error = zm_heaps_have_started(to) ? 0 : zm_backend_start(to);
    starting = 0;
    if (!error) {
        zm_front_add(to);
        zm_live_tell_switch();
    }
    return error;
}

int zm_switch_late(const struct zm_backend *to)
{
    static bool handles_forks;
    if (!zm_switch_first)
        return -ENOTSUP;
    if (switches) /* and a signal handler has interrupted it */
        return -EDEADLK;
    if (atomic_load(&zm_switch_hindrances))
        return -EBUSY;
    int saved_errno = errno;
    switches = true;
    zm_lock_take(&switching);
    if (!handles_forks)
        handles_forks = pthread_atfork(NULL, NULL, after_fork_in_child) == 0;
    int error = handles_forks ? start(to) : -ENOMEM;
    zm_lock_give(&switching);
    switches = false;
    errno = saved_errno;
    return error;
}
