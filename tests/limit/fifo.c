/* A thread of real-time priority that waits for a normal one on the same processor: if it only
 * yielded, the other would never run.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>
#include <zmalloc.h>

#define MIB ((size_t)1 << 20)

static atomic_bool reclaiming;

static double seconds(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* Needs the processor for a while. */
static size_t reclaim_slowly(size_t wanted, void *arg)
{
    (void)wanted, (void)arg;
    reclaiming = true;
    double end = seconds(CLOCK_THREAD_CPUTIME_ID) + 0.1;
    while (seconds(CLOCK_THREAD_CPUTIME_ID) < end) {
    }
    return 0;
}

static void *run_into_limit(void *arg)
{
    zfree(ztrymalloc(100 * MIB));
    return arg;
}

int main(void)
{
    alarm(60);
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(sched_getcpu(), &one);
    if (sched_setaffinity(0, sizeof one, &one) != 0)
        return 77;
    struct zmalloc_limit limit = {
        .struct_size = sizeof limit, .hard = 8 * MIB, .reclaim = reclaim_slowly};
    pthread_t normal;
    if (zmalloc_set_limit(&limit) != 0 || pthread_create(&normal, NULL, run_into_limit, NULL) != 0)
        return 1;
    while (!reclaiming)
        sched_yield();
    if (pthread_setschedparam(pthread_self(), SCHED_FIFO, &(struct sched_param){1}) != 0) {
        puts("skipped: no thread may have real-time priority here");
        return 77;
    }
    double work = seconds(CLOCK_THREAD_CPUTIME_ID), start = seconds(CLOCK_MONOTONIC);
    int error = zmalloc_set_limit(NULL); /* waits for the reclaim's end */
    work = seconds(CLOCK_THREAD_CPUTIME_ID) - work;
    double waited = seconds(CLOCK_MONOTONIC) - start;
    pthread_join(normal, NULL);
    if (error || work > waited / 2) {
        fprintf(stderr, "%d, waited %g s, of that %g s at work\n", error, waited, work);
        return 1;
    }
    return 0;
}
