/* Waiting for another thread for a moment, without a lock of the system's.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_BASE_WAIT_H
#define ZM_BASE_WAIT_H

#include <stdatomic.h>
#include <stdint.h>

/* One step of waiting, the longer the more there were: *steps is 0 before the first. It sleeps
 * after a few, so that a thread of real-time priority lets the one it waits for go on. Returns the
 * nanoseconds slept so far, about. Safe in signal handlers; errno is kept. */
uint64_t zm_wait(unsigned *steps);

/* A lock for a few instructions: nothing that may block, allocate or call the program is done under
 * it. */
typedef atomic_flag zm_lock;
#define ZM_LOCK_INIT ATOMIC_FLAG_INIT

static inline void zm_lock_take(zm_lock *lock)
{
    unsigned steps = 0;
    while (atomic_flag_test_and_set_explicit(lock, memory_order_acquire))
        zm_wait(&steps);
}

static inline void zm_lock_give(zm_lock *lock)
{
    atomic_flag_clear_explicit(lock, memory_order_release);
}

#endif
