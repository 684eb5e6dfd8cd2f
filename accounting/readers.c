/* Two counters of readers: new ones enter the one that nobody waits for. A reader may have read the
 * phase before a flip and entered after it, so whoever waits flips twice.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "readers.h"

#include <sched.h>
#include <stdatomic.h>

static _Atomic unsigned readers[2];
static _Atomic unsigned phase;
static atomic_flag waiting = ATOMIC_FLAG_INIT;

unsigned zm_readers_begin(void)
{
    unsigned now = atomic_load(&phase) & 1;
    atomic_fetch_add(&readers[now], 1);
    return now;
}

void zm_readers_end(unsigned now)
{
    atomic_fetch_sub(&readers[now], 1);
}

void zm_readers_wait(void)
{
    while (atomic_flag_test_and_set(&waiting))
        sched_yield();
    for (int flips = 0; flips < 2; flips++) {
        unsigned before = atomic_fetch_add(&phase, 1) & 1;
        while (atomic_load(&readers[before]))
            sched_yield();
    }
    atomic_flag_clear(&waiting);
}

void zm_readers_after_fork(void)
{
    atomic_store(&readers[0], 0);
    atomic_store(&readers[1], 0);
    atomic_flag_clear(&waiting);
}
