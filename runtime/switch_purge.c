/* Giving back what the backends of a process have free, and steering all of them.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>

#include "backends/control.h"
#include "fronts.h"
#include "switch.h"

/* What steers the backend; NULL: nothing, or it has not been started. */
static const struct zm_control *started(const struct zm_backend *backend)
{
    return zm_front_is_started(zm_switch_counted(backend)->code) ? backend->ops->control : NULL;
}

/* ---- as another process has asked, which can't do it itself ---- */

static void purge_others(unsigned code)
{
    for (size_t i = 0; i < zm_backend_total; i++) {
        const struct zm_control *control = started(zm_backends[i]);
        if (!control || zm_switch_counted(zm_backends[i])->code == code)
            continue;
        if (control->flush)
            (void)control->flush(); /* this thread's cache; it would keep what is purged */
        if (control->purge)
            (void)control->purge();
    }
}

/* One thread does it, before its next block. */
static void purge_as_asked(void)
{
    uint8_t code = ZM_LOAD(zm_front_code), plain = code & (uint8_t)~ZM_LIVE_PURGE;
    int saved_errno = errno;
    if (code != plain && __atomic_compare_exchange_n(&zm_front_code, &code, plain, false,
                                                     __ATOMIC_RELAXED, __ATOMIC_RELAXED))
        purge_others(plain);
    errno = saved_errno;
}

/* Not before a block is taken back. */
#define ZM_LAYER             purging
#define ZM_LAYER_FUNCTIONS   ZM_FRONT_FUNCTIONS
#define ZM_LAYER_ENTER()     purge_as_asked()
#define ZM_LAYER_ENTER_PTR() (void)0
#define ZM_LAYER_BELOW       (&zm_fronts_running()[zm_front_running()].front)
#include "backends/layer_tmpl.h"

const struct zm_front zm_front_purging = {ZM_LAYER_ENTRIES};

/* ---- all of them ---- */

#define EACH(member, call)                                          \
    int status = -ENOTSUP;                                          \
    for (size_t i = 0; i < zm_backend_total; i++) {                 \
        const struct zm_control *control = started(zm_backends[i]); \
        if (!control || !control->member)                           \
            continue;                                               \
        int one = control->call;                                    \
        status = status == -ENOTSUP || one != 0 ? one : status;     \
    }                                                               \
    return status

static int purge(void)
{
    EACH(purge, purge());
}

static int flush(void)
{
    EACH(flush, flush());
}

static int set_background(bool on)
{
    EACH(set_background, set_background(on));
}

static int set_decay(int which, int64_t ms)
{
    EACH(set_decay, set_decay(which, ms));
}

/* Arenas, caches and slabs belong to one allocator, and what is made of them would not be noted. */
struct zm_control zm_fronts_control(const struct zm_control *own)
{
    if (!own)
        return (struct zm_control){.purge = purge, .flush = flush};
    return (struct zm_control){
        .tells = own->tells,
        .cost = own->cost,
        .info = own->info,
        .purge = purge,
        .set_background = own->get_background ? set_background : NULL,
        .get_background = own->get_background,
        .set_decay = own->get_decay ? set_decay : NULL,
        .get_decay = own->get_decay,
        .flush = flush,
        .ctl = own->ctl,
        .print = own->print,
    };
}
