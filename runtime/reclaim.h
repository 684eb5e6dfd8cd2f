/* The program's reclaim function: who is in it, and waiting until nobody is.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_RUNTIME_RECLAIM_H
#define ZM_RUNTIME_RECLAIM_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A function, its argument, and how many threads are in it. */
struct zm_reclaim {
    size_t (*function)(size_t wanted, void *arg);
    void *arg;
    _Atomic uint32_t inside;
};

/* Once, before the others. */
void zm_reclaim_start(void);

/* Whether the calling thread is in a reclaim. `frame` is the address of the caller's frame, which
 * shows whether a reclaim was left by longjmp or by a C++ exception; then it has ended. */
bool zm_reclaim_is_running(const void *frame);

/* The first announces a call, so that zm_reclaim_wait waits for it; the second makes it, and
 * returns the bytes that the function says it has freed, but 0 if it says more than there can
 * be. */
void zm_reclaim_enter(struct zm_reclaim *reclaim);
size_t zm_reclaim_call(struct zm_reclaim *reclaim, size_t wanted);

/* Takes the announcement back: there will be no call. */
void zm_reclaim_leave(struct zm_reclaim *reclaim);

/* Returns when nobody is inside; false if somebody was for ten seconds. In a reclaim itself it
 * returns at once. */
bool zm_reclaim_wait(struct zm_reclaim *reclaim, const void *frame);

/* In the child of a fork: the other threads are gone. */
void zm_reclaim_after_fork(struct zm_reclaim *reclaim);

#endif
