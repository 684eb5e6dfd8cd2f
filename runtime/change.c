/* SPDX-License-Identifier: BSD-3-Clause */
#include "change.h"

#include <assert.h>
#include <errno.h>

#include "base/compiler.h"
#include "base/wait.h"
#include "fronts.h"

static zm_lock changing = ZM_LOCK_INIT;
static ZM_THREAD_LOCAL bool changes; /* set in the thread that holds it */

/* Bits by code - 1: of backends that were started here, and of the one that is being started. Those
 * that were being started in another thread when this process was forked are lost to it. */
static uint64_t started, starting, lost;

bool zm_change_begin(void)
{
    if (changes)
        return false;
    changes = true;
    zm_lock_take(&changing);
    return true;
}

void zm_change_end(void)
{
    zm_lock_give(&changing);
    changes = false;
}

int zm_change_start(const struct zm_backend *backend)
{
    assert(changes && backend->code);
    uint64_t bit = UINT64_C(1) << (backend->code - 1);
    if (started & bit || zm_front_is_started(backend->code))
        return 0;
    if (lost & bit)
        return -EBUSY;
    if (zm_front_strays) /* if it is started for a heap, it may be switched to later */
        zm_front_expect(backend);
    starting = bit;
    int error = zm_backend_start(backend);
    starting = 0;
    if (!error)
        started |= bit;
    return error;
}

void zm_change_after_fork(void)
{
    if (changes)
        return;
    lost |= starting;
    starting = 0;
    zm_lock_give(&changing);
}
