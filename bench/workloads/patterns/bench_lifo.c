/* Batches that their own thread frees: by turns last in first out, the reverse, and interleaved.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "bench/workloads/frame.h"
#include "bench_batches.h"

enum { THREADS, BATCHES, BATCH, MIN, MAX };

struct state {
    const uint64_t *values;
    struct zm_held_block *blocks; /* a batch for each thread */
};

static void body(struct zm_worker *w, void *shared)
{
    const struct state *s = shared;
    size_t count = s->values[BATCH];
    struct zm_held_block *mine = s->blocks + w->index * count;
    for (uint64_t b = 0; b < s->values[BATCHES]; b++) {
        zm_batch_take(w, mine, count, s->values[MIN], s->values[MAX]);
        zm_batch_give(w, mine, count, (unsigned)(b % 3));
    }
}

static void run(const struct zm_run *run)
{
    size_t count = run->values[THREADS] * run->values[BATCH];
    struct state s = {run->values, zm_pages(count * sizeof *s.blocks)};
    zm_run_threads(run, (unsigned)run->values[THREADS], 1, body, &s);
}

static const char *refuse(const uint64_t *values)
{
    return values[MIN] > values[MAX] ? "min is above max" : NULL;
}

const struct zm_pattern zm_pattern_bench_lifo = {
    .name = "bench-lifo",
    .summary = "P threads free their batches in LIFO, reverse and interleaved order",
    .parameters =
        {
            [THREADS] = {"threads", "", ZM_PROCESSORS, 0, 1, ZM_THREADS_MAX},
            [BATCHES] = {"batches", "of a thread", 18000, 6000, 1, UINT64_C(1) << 40},
            [BATCH] = {"batch", "objects of one", 1000, 0, 1, 1 << 20},
            [MIN] = {"min", "smallest size", 16, 0, 1, 1 << 20},
            [MAX] = {"max", "largest size", 256, 0, 1, 1 << 20},
        },
    .run = run,
    .refuse = refuse,
};
