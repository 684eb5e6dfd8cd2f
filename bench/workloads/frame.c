/* Threads, their workers, and the sums.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "frame.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <zmalloc/sysinfo.h>

#define STACK_BYTES ((size_t)256 << 10)

static struct zm_worker first; /* the first thread's */
static struct zm_worker *workers;
static unsigned workers_count;
static atomic_uint ids; /* the last one given away */
static struct timespec started;
static struct zm_totals totals;

void zm_out_of_memory(size_t size)
{
    fprintf(stderr, "workload: no memory for a block of %zu bytes\n", size);
    _Exit(1);
}

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
        zm_draw(w); /* like seeds are like states at first */
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

/* The first time alone: what comes before is preparation. */
static void start_clock(void)
{
    if (started.tv_sec == 0 && started.tv_nsec == 0)
        clock_gettime(CLOCK_MONOTONIC, &started);
}

/* ---- threads ---- */

/* Where threads wait until all are there. */
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
    struct gate *gate; /* NULL: begin at once */
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

/* Many generations have a thread that does nothing but start one after the other. */
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

/* ---- sums ---- */

/* 0: the system doesn't tell. */
static uint64_t resident(void)
{
    struct zmalloc_sysinfo_memory memory = {.struct_size = sizeof memory};
    zmalloc_sysinfo_memory(0, ZMALLOC_SYSINFO_RSS, &memory);
    return memory.has & ZMALLOC_SYSINFO_RSS ? memory.rss : 0;
}

void zm_note_memory(uint64_t live)
{
    uint64_t rss = resident();
    if (totals.moments == ZM_MOMENTS_MAX || !rss)
        return;
    totals.moment[totals.moments].live = live;
    totals.moment[totals.moments++].rss = rss;
}

const struct zm_drain zm_drains[ZM_DRAINS_MAX] = {
    {0.1, "drained_100ms_bytes"}, {1, "drained_1s_bytes"}, {5, "drained_5s_bytes"}};

void zm_frame_drain(double seconds, struct zm_totals *out)
{
    struct timespec began;
    clock_gettime(CLOCK_MONOTONIC, &began);
    for (size_t i = 0; i < ZM_DRAINS_MAX && zm_drains[i].s <= seconds; i++) {
        uint64_t ns = (uint64_t)began.tv_nsec + (uint64_t)(zm_drains[i].s * 1e9);
        struct timespec then = {began.tv_sec + (time_t)(ns / 1000000000), (long)(ns % 1000000000)};
        while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &then, NULL) == EINTR)
            continue;
        uint64_t rss = resident();
        if (rss)
            out->drained[out->drains++] = rss;
    }
}

static size_t size_of_index(size_t index)
{
    if (index < ZM_SIZES_EXACT)
        return index;
    size_t octave = (index - ZM_SIZES_EXACT) / ZM_SIZES_STEPS + 6;
    size_t step = (index - ZM_SIZES_EXACT) % ZM_SIZES_STEPS;
    return ((size_t)ZM_SIZES_STEPS + step) << (octave - 5);
}

static size_t quantile(const uint64_t *counts, uint64_t all, double share, size_t largest)
{
    uint64_t below = 0, wanted = (uint64_t)((double)all * share);
    for (size_t i = 0; i < ZM_SIZES; i++) {
        below += counts[i];
        if (below > wanted)
            return size_of_index(i);
    }
    return largest;
}

/* What two readings of the clock differ by with nothing between: the median of many. */
static uint64_t calibrate(void)
{
    static uint64_t counts[ZM_SIZES];
    enum { READINGS = 1001 };
    for (int i = 0; i < READINGS; i++) {
        uint64_t began = zm_clock();
        counts[zm_size_index(zm_clock() - began)]++;
    }
    return quantile(counts, READINGS, 0.5, 0);
}

static uint64_t less_clock(uint64_t ns)
{
    return ns > totals.clock_ns ? ns - totals.clock_ns : 0;
}

static void sum_latencies(const uint64_t *counts, uint64_t slowest)
{
    for (size_t i = 0; i < ZM_SIZES; i++)
        totals.timed += counts[i];
    if (totals.timed == 0)
        return;
    totals.clock_ns = calibrate();
    totals.latency_p50 = less_clock(quantile(counts, totals.timed, 0.5, slowest));
    totals.latency_p99 = less_clock(quantile(counts, totals.timed, 0.99, slowest));
    totals.latency_p999 = less_clock(quantile(counts, totals.timed, 0.999, slowest));
    totals.latency_max = less_clock(slowest);
}

struct sums {
    uint64_t sizes[ZM_SIZES], latencies[ZM_SIZES], slowest;
};

static void add(const struct zm_worker *w, struct sums *sums)
{
    totals.allocs += w->allocs;
    totals.frees += w->frees;
    totals.cross += w->cross;
    totals.written += w->written;
    totals.read += w->read;
    totals.broken += w->broken;
    if (w->largest > totals.largest)
        totals.largest = w->largest;
    if (w->slowest > sums->slowest)
        sums->slowest = w->slowest;
    for (size_t i = 0; i < ZM_SIZES; i++) {
        sums->sizes[i] += w->sizes[i];
        sums->latencies[i] += w->latencies[i];
    }
}

void zm_frame_begin(const struct zm_run *run)
{
    seed_worker(&first, run, ZM_THREADS_MAX);
    first.index = 0;
}

void zm_frame_end(struct zm_totals *out)
{
    static struct sums sums;
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    totals.seconds =
        (double)(now.tv_sec - started.tv_sec) + (double)(now.tv_nsec - started.tv_nsec) * 1e-9;
    add(&first, &sums);
    for (unsigned i = 0; i < workers_count; i++)
        add(&workers[i], &sums);
    totals.threads = atomic_load(&ids) + 1;
    totals.p50 = quantile(sums.sizes, totals.allocs, 0.5, totals.largest);
    totals.p90 = quantile(sums.sizes, totals.allocs, 0.9, totals.largest);
    totals.p99 = quantile(sums.sizes, totals.allocs, 0.99, totals.largest);
    sum_latencies(sums.latencies, sums.slowest);
    *out = totals;
}
