/* Running slices. Threads stay from one slice to the next, but none is made before the first slice
 * that needs it: in a process with one thread, as many programs are, libc is faster.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "slice.h"

#include "tools/statistics/statistics.h"

#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define RING 4 /* batches that may be under way from one thread to the other */

static struct worker {
    pthread_t thread;
    sem_t go;
    struct zm_window window;
    uint32_t draws[ZM_DRAWS];
    uint64_t nanoseconds; /* of the last slice */
} workers[ZM_THREADS_MAX];
static unsigned worker_count;
static sem_t done;

static struct {
    const struct zm_work *work;
    const struct zm_variant *variant;
    size_t count;
    pthread_barrier_t ready;
    struct zm_window ring[RING];
    sem_t full, empty;
} slice;

static uint64_t now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

void zm_slice_prepare(const struct zm_range *range, uint64_t seed)
{
    struct zm_random random = {seed};
    for (size_t w = 0; w < ZM_THREADS_MAX; w++) {
        workers[w].window.draws = workers[w].draws;
        workers[w].window.slots = range->slots;
        for (size_t i = 0; i < ZM_DRAWS; i++) {
            uint64_t slot = zm_random_below(&random, range->slots);
            uint64_t size = range->min + zm_random_below(&random, range->max - range->min + 1);
            workers[w].draws[i] = (uint32_t)((size - 1) << 12 | slot);
        }
    }
    for (size_t i = 0; i < RING; i++) {
        slice.ring[i].slots = range->slots;
        slice.ring[i].draws = workers[0].draws;
    }
}

static void warm(struct zm_window *window, size_t most)
{
    size_t count = 2 * window->slots;
    slice.variant->fill(window, window->slots);
    slice.variant->loops[slice.work->operation](window, count < most ? count : most);
}

static void run(struct worker *me)
{
    warm(&me->window, slice.count);
    if (slice.work->threads > 1)
        pthread_barrier_wait(&slice.ready);
    uint64_t start = now();
    slice.variant->loops[slice.work->operation](&me->window, slice.count);
    me->nanoseconds = now() - start;
    slice.variant->empty(&me->window, me->window.slots);
}

/* ---- threads ---- */

static void run_cross(struct worker *me)
{
    bool producer = me == &workers[0];
    zm_loop *act = producer ? slice.variant->fill : slice.variant->empty;
    sem_t *wait_for = producer ? &slice.empty : &slice.full;
    sem_t *tell = producer ? &slice.full : &slice.empty;
    size_t slots = slice.ring[0].slots;
    /* Let both threads allocate, as nearly all threads do. To a thread that only frees, jemalloc
     * gives no cache unless somebody asks it for a size, which the layers do: they would look twice
     * as fast as the allocator below them. */
    slice.variant->fill(&me->window, 1);
    slice.variant->empty(&me->window, 1);
    uint64_t start = 0;
    for (size_t i = 0; i < RING || (i - RING) * slots < slice.count; i++) {
        if (i == RING) /* those before were for warmth */
            start = now();
        while (sem_wait(wait_for) != 0)
            ; /* a signal came */
        act(&slice.ring[i % RING], slots);
        sem_post(tell);
    }
    me->nanoseconds = now() - start;
}

static void *worker_main(void *arg)
{
    struct worker *me = arg;
    for (;;) {
        while (sem_wait(&me->go) != 0)
            ;
        if (slice.work->cross)
            run_cross(me);
        else
            run(me);
        sem_post(&done);
    }
    return NULL;
}

static void need_workers(unsigned count)
{
    if (worker_count == 0)
        sem_init(&done, 0, 0);
    for (; worker_count < count; worker_count++) {
        struct worker *worker = &workers[worker_count];
        sem_init(&worker->go, 0, 0);
        if (pthread_create(&worker->thread, NULL, worker_main, worker) != 0) {
            fprintf(stderr, "overhead: can't make %u threads\n", count);
            exit(1);
        }
    }
}

static void run_threads(unsigned count)
{
    need_workers(count);
    pthread_barrier_init(&slice.ready, NULL, count);
    sem_init(&slice.full, 0, 0);
    sem_init(&slice.empty, 0, RING);
    for (unsigned i = 0; i < count; i++)
        sem_post(&workers[i].go);
    for (unsigned i = 0; i < count; i++)
        while (sem_wait(&done) != 0)
            ;
    sem_destroy(&slice.empty);
    sem_destroy(&slice.full);
    pthread_barrier_destroy(&slice.ready);
}

double zm_slice(const struct zm_work *work, const struct zm_variant *variant, size_t count)
{
    slice.work = work;
    slice.variant = variant;
    slice.count = count;
    if (work->threads == 1)
        run(&workers[0]);
    else
        run_threads(work->threads);
    double sum = 0, operations = (double)count * work->threads;
    for (unsigned i = 0; i < work->threads; i++)
        sum += (double)workers[i].nanoseconds;
    if (work->cross) { /* here an operation is an allocation and its free, and batches are done as a
                          whole */
        size_t slots = slice.ring[0].slots;
        operations = (double)((count + slots - 1) / slots * slots);
    }
    return sum / operations;
}

/* ---- counted ---- */

void zm_counted(zm_loop *loop, struct zm_window *window, size_t count)
{
    loop(window, count);
    __asm__ volatile(""); /* keeps the call from becoming a jump, which would not return here */
}

void zm_slice_counted(const struct zm_work *work, const struct zm_variant *variant, size_t count)
{
    slice.work = work;
    slice.variant = variant;
    struct zm_window *window = &workers[0].window;
    warm(window, 2 * window->slots);
    void (*volatile counted)(zm_loop *, struct zm_window *, size_t) =
        zm_counted; /* so that the compiler makes no copy of it */
    counted(variant->loops[work->operation], window, count);
    variant->empty(window, window->slots);
}
