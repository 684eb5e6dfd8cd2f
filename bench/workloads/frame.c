/* Threads and their workers.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "frame.h"

#include "totals.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#define STACK_BYTES ((size_t)256 << 10)

static struct zm_worker first; /* of the first thread */
static struct zm_worker *workers;
static unsigned workers_count;
static atomic_uint ids;  /* the last one that was given to a thread */
static uint64_t started; /* when, on zm_clock; 0: not yet */

void *zm_pages(size_t bytes)
{
    void *ptr = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (ptr == MAP_FAILED)
        zm_out_of_memory(bytes);
    return ptr;
}

struct zm_worker *zm_main_worker(void)
{
    return &first;
}

static void seed_worker(struct zm_worker *w, const struct zm_run *run, unsigned index)
{
    w->random = (run->seed + index + 1) * UINT64_C(0x9e3779b97f4a7c15);
    w->stamp = (uint32_t)(w->random >> 16);
    w->index = index;
    w->sized = run->sized;
    w->gaps = w->random;
    w->until = (uint32_t)(w->gaps % ZM_GAP_MAX);
    for (int i = 0; i < 8; i++)
        zm_draw(w); /* at first, similar seeds give similar numbers */
}

static void need_workers(const struct zm_run *run, unsigned threads)
{
    if (workers)
        return;
    workers = zm_pages(threads * sizeof *workers);
    workers_count = threads;
    for (unsigned i = 0; i < threads; i++)
        seed_worker(&workers[i], run, i);
}

/* Only the first call counts: all that comes before it is preparation. */
static void start_clock(void)
{
    if (started == 0)
        started = zm_clock();
}

/* ---- threads ---- */

/* The place where threads wait until all are there. */
struct gate {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    unsigned waiting;
    bool open;
};

static void gate_wait(struct gate *gate)
{
    pthread_mutex_lock(&gate->lock);
    gate->waiting++;
    pthread_cond_broadcast(&gate->changed);
    while (!gate->open)
        pthread_cond_wait(&gate->changed, &gate->lock);
    pthread_mutex_unlock(&gate->lock);
}

static void gate_open(struct gate *gate, unsigned after)
{
    pthread_mutex_lock(&gate->lock);
    while (gate->waiting < after)
        pthread_cond_wait(&gate->changed, &gate->lock);
    start_clock();
    gate->open = true;
    pthread_cond_broadcast(&gate->changed);
    pthread_mutex_unlock(&gate->lock);
}

struct lane {
    struct zm_worker *worker;
    struct gate *gate; /* to wait at; NULL: begin at once */
    unsigned generations;
    zm_body *body;
    void *shared;
    pthread_t thread;
};

static void start(pthread_t *thread, void *(*function)(void *), void *arg)
{
    pthread_attr_t attr;
    pthread_attr_init(&attr);
    pthread_attr_setstacksize(&attr, STACK_BYTES);
    int error = pthread_create(thread, &attr, function, arg);
    pthread_attr_destroy(&attr);
    if (error) {
        fprintf(stderr, "workload: can't start a thread: %s\n", strerror(error));
        _Exit(1);
    }
}

static void *run_once(void *arg)
{
    struct lane *lane = arg;
    lane->worker->id = atomic_fetch_add(&ids, 1) + 1;
    lane->body(lane->worker, lane->shared);
    return NULL;
}

/* If there are several generations, this thread only starts them, one after the other. */
static void *run_lane(void *arg)
{
    struct lane *lane = arg;
    if (lane->gate)
        gate_wait(lane->gate);
    if (lane->generations == 1)
        return run_once(lane);
    for (unsigned g = 0; g < lane->generations; g++) {
        pthread_t thread;
        start(&thread, run_once, lane);
        pthread_join(thread, NULL);
    }
    return NULL;
}

static void run_lanes(unsigned threads, unsigned generations, zm_body *body, void *shared)
{
    static struct lane lanes[ZM_THREADS_MAX];
    struct gate gate = {.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};
    for (unsigned i = 0; i < threads; i++) {
        lanes[i] = (struct lane){.worker = &workers[i],
                                 .gate = &gate,
                                 .generations = generations,
                                 .body = body,
                                 .shared = shared};
        start(&lanes[i].thread, run_lane, &lanes[i]);
    }
    gate_open(&gate, threads);
    for (unsigned i = 0; i < threads; i++)
        pthread_join(lanes[i].thread, NULL);
}

void zm_run_threads(const struct zm_run *run, unsigned threads, unsigned generations, zm_body *body,
                    void *shared)
{
    if (threads == 1 && generations == 1) {
        start_clock();
        body(&first, shared);
        return;
    }
    need_workers(run, threads);
    run_lanes(threads, generations, body, shared);
}

void zm_run_rounds(const struct zm_run *run, unsigned threads, unsigned rounds, zm_body *body,
                   void *shared)
{
    need_workers(run, threads);
    for (unsigned r = 0; r < rounds; r++)
        run_lanes(threads, 1, body, shared);
}

/* ---- the whole run ---- */

void zm_frame_begin(const struct zm_run *run)
{
    seed_worker(&first, run, ZM_THREADS_MAX);
    first.index = 0;
}

void zm_frame_end(struct zm_totals *out)
{
    double seconds = (double)(zm_clock() - started) * 1e-9;
    zm_totals_add(&first);
    for (unsigned i = 0; i < workers_count; i++)
        zm_totals_add(&workers[i]);
    zm_totals_finish(seconds, atomic_load(&ids) + 1, out);
}
