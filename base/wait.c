/* Waiting by yielding, then by sleeping.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "wait.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <time.h>

/* sched_yield lets only threads of the same priority run; sleeping lets all. */
enum { YIELDS = 32, LONGEST_US = 1000 };

/* An allocation is no cancellation point: a thread that ended here would keep what it holds locked.
 * Signals do not shorten it, for patience is counted by it. */
static void sleep_us(unsigned us)
{
    struct timespec pause = {0, (long)us * 1000};
    int before;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &before);
    while (nanosleep(&pause, &pause) != 0 && errno == EINTR)
        ;
    pthread_setcancelstate(before, NULL);
}

uint64_t zm_wait(unsigned *steps)
{
    int saved_errno = errno;
    unsigned sleeps = (*steps)++ < YIELDS ? 0 : *steps - YIELDS;
    uint64_t slept_us = 0;
    if (sleeps == 0) {
        sched_yield();
    } else {
        unsigned us = sleeps < LONGEST_US ? sleeps : LONGEST_US;
        sleep_us(us);
        uint64_t rising = sleeps < LONGEST_US ? sleeps : LONGEST_US;
        slept_us = rising * (rising + 1) / 2 + (uint64_t)(sleeps - us) * LONGEST_US;
    }
    errno = saved_errno;
    return slept_us * 1000;
}
