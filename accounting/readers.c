/* There are two counters of readers. A new reader enters the one that the phase names. Whoever
 * waits flips the phase, so that new readers enter the other one, and waits until nobody is left in
 * the first. A reader may have read the phase before a flip and have entered after it, so whoever
 * waits does all this twice.
 *
 * A reader can vanish: a signal handler that interrupts it leaves by siglongjmp, or forks. So every
 * wait has an end, and then a new era begins in which the counter is 0. Readers of an earlier era
 * that do end after all leave the counter alone.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "readers.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdint.h>

#include "base/wait.h"

/* A reader takes microseconds. One that is kept from running for longer than this is no longer
 * waited for, which harms it only if it was stopped between two instructions: after it has seen
 * that a thread's totals are there, and before it loads them. */
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

/* Whoever is counted now is waited for no longer. */
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
