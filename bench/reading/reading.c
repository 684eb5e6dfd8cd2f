/* What it costs to read used memory while many threads allocate, and what that costs those threads.
 *
 * usage: reading [THREADS [SECONDS]]
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "tools/common/clock.h"
#include "tools/statistics/statistics.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <zmalloc.h>

enum { MOST_THREADS = 1024, WINDOW = 256, READINGS = 2000 };

static atomic_bool running;
static _Atomic uint64_t operations;

static void *allocate(void *arg)
{
    struct zm_random random = {(uint64_t)(uintptr_t)arg};
    void *blocks[WINDOW] = {NULL};
    uint64_t done = 0;
    for (; atomic_load_explicit(&running, memory_order_relaxed); done++) {
        uint64_t draw = zm_random_next(&random);
        void **slot = &blocks[draw % WINDOW];
        zfree(*slot);
        *slot = zmalloc(16 + (draw >> 32) % 1000);
    }
    for (size_t i = 0; i < WINDOW; i++)
        zfree(blocks[i]);
    atomic_fetch_add(&operations, done);
    return NULL;
}

/* Returns how many operations a second all threads do. With `readings` the main thread reads used
 * memory meanwhile, and notes how many microseconds each reading takes. */
static double run(long threads, double seconds, double *readings, size_t *count)
{
    static pthread_t crew[MOST_THREADS];
    atomic_store(&operations, 0);
    atomic_store(&running, true);
    for (long i = 0; i < threads; i++)
        if (pthread_create(&crew[i], NULL, allocate, (void *)(uintptr_t)(i + 1)) != 0) {
            perror("reading: pthread_create");
            exit(1);
        }
    double start = zm_now(), until = start + seconds;
    while (zm_now() < until) {
        struct timespec pause = {.tv_nsec = 1000000};
        if (readings && *count < READINGS) {
            double before = zm_now();
            (void)zmalloc_used_memory();
            readings[(*count)++] = (zm_now() - before) * 1e6;
        }
        nanosleep(&pause, NULL);
    }
    atomic_store(&running, false);
    double took = zm_now() - start;
    for (long i = 0; i < threads; i++)
        pthread_join(crew[i], NULL);
    return (double)atomic_load(&operations) / took;
}

int main(int argc, char **argv)
{
    static double readings[READINGS];
    size_t count = 0;
    long threads = argc > 1 ? strtol(argv[1], NULL, 10) : 64;
    double seconds = argc > 2 ? strtod(argv[2], NULL) : 2;
    if (threads < 1 || threads > MOST_THREADS || !(seconds > 0) || argc > 3) {
        fprintf(stderr, "usage: reading [THREADS (1 to %d) [SECONDS]]\n", MOST_THREADS);
        return 2;
    }
    size_t before = zmalloc_used_memory();
    run(threads, seconds / 4, NULL, NULL);
    double unread = run(threads, seconds, NULL, NULL);
    double read = run(threads, seconds, readings, &count);
    struct zm_spread spread = zm_spread(readings, count);
    printf("%s, %ld threads: %.1f million operations/s, %.1f while used memory is read every "
           "millisecond\n",
           ZMALLOC_LIB, threads, unread / 1e6, read / 1e6);
    printf("a reading: median %.2f us, least %.2f us, %zu readings\n", spread.median, spread.min,
           count);
    if (zmalloc_used_memory() != before) {
        fprintf(stderr, "reading: used memory does not return to %zu\n", before);
        return 1;
    }
    return 0;
}
