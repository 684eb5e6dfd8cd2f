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

static double cpu_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* Needs the processor for a while. */
static size_t reclaim_slowly(size_t wanted, void *arg)
{
    (void)wanted, (void)arg;
    reclaiming = true;
    for (double end = cpu_seconds() + 0.1; cpu_seconds() < end;) {
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
    double before = cpu_seconds();
    int error = zmalloc_set_limit(NULL); /* waits for the reclaim's end */
    double spent = cpu_seconds() - before;
    pthread_join(normal, NULL);
    if (error || spent > 0.05) {
        fprintf(stderr, "%d, after %g s of waiting at work\n", error, spent);
        return 1;
    }
    return 0;
}
