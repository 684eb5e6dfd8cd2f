/* Two counters of readers: new ones enter the one that nobody waits for. A reader may have read the
 * phase before a flip and entered after it, so whoever waits flips twice.
 *
 * A reader can vanish: a signal handler that interrupted it leaves by siglongjmp, or forks. So no
 * wait is without an end. Those who have not ended by then belong to an era that is over: what they
 * would do to the counters if they do end counts no more.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "readers.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdint.h>

#include "base/wait.h"

/* Readers take microseconds. One that is kept from running for longer is in danger only if that
 * happens between two instructions, the look at whether a thread's totals are there and the load.
 */
#define PATIENCE_NS 200000000

/* era << 32 | readers, so that a reader can only end in the era in which it began. */
static _Atomic uint64_t readers[2];
static _Atomic unsigned phase;
static zm_lock waiting = ZM_LOCK_INIT;

struct zm_reader zm_readers_begin(void)
{
    unsigned side = atomic_load(&phase) & 1;
    uint64_t before = atomic_fetch_add(&readers[side], 1);
    return (struct zm_reader){side, (uint32_t)(before >> 32)};
}

void zm_readers_end(struct zm_reader reader)
{
    uint64_t now = atomic_load(&readers[reader.side]);
    while ((uint32_t)(now >> 32) == reader.era) {
        assert((uint32_t)now > 0);
        if (atomic_compare_exchange_weak(&readers[reader.side], &now, now - 1))
            return;
    }
}

/* Whoever is there now is forgotten. */
static void next_era(_Atomic uint64_t *side)
{
    uint64_t now = atomic_load(side);
    while (!atomic_compare_exchange_weak(side, &now, ((now >> 32) + 1) << 32))
        ;
}

static void wait_for(_Atomic uint64_t *side)
{
    unsigned steps = 0;
    while ((uint32_t)atomic_load(side))
        if (zm_wait(&steps) > PATIENCE_NS) {
            next_era(side);
            return;
        }
}

void zm_readers_wait(void)
{
    zm_lock_take(&waiting);
    for (int flips = 0; flips < 2; flips++)
        wait_for(&readers[atomic_fetch_add(&phase, 1) & 1]);
    zm_lock_give(&waiting);
}

void zm_readers_after_fork(void)
{
    next_era(&readers[0]);
    next_era(&readers[1]);
    zm_lock_give(&waiting);
}
