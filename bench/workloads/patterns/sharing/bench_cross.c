/* Batches that the neighbouring thread frees: by turns last in first out, the reverse, and
 * interleaved.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "bench/workloads/frame.h"
#include "bench/workloads/patterns/bench_batches.h"
#include "pipe.h"

enum { THREADS, BATCHES, BATCH, MIN, MAX };
#define DEPTH 4

struct state {
    const uint64_t *values;
    struct zm_pipe **to; /* to[i] leads to thread i */
};

static void body(struct zm_worker *w, void *shared)
{
    const struct state *s = shared;
    struct zm_pipe *in = s->to[w->index], *out = s->to[(w->index + 1) % s->values[THREADS]];
    uint64_t sent = 0, freed = 0, all = s->values[BATCHES];
    while (freed < all || sent < all) { /* as many batches come as go */
        struct zm_held_block *room = sent < all ? zm_pipe_room(out, freed == all) : NULL;
        if (room) {
            zm_batch_take(w, room, s->values[BATCH], s->values[MIN], s->values[MAX]);
            zm_pipe_put(out, s->values[BATCH]);
            sent++;
        }
        /* Without room for a batch, wait for one to free. It will come: a pipe that one waits for
         * is empty, so the neighbour that fills it has room. */
        size_t count;
        struct zm_held_block *batch = zm_pipe_batch(in, &count, !room && freed < all);
        if (batch) {
            zm_batch_give(w, batch, count, (unsigned)(freed++ % 3));
            zm_pipe_done(in);
        }
    }
}

static void run(const struct zm_run *run)
{
    size_t threads = run->values[THREADS];
    struct state s = {run->values, zm_pages(threads * sizeof(struct zm_pipe *))};
    for (size_t i = 0; i < threads; i++)
        s.to[i] = zm_pipe_new(run->values[BATCH], DEPTH);
    zm_run_threads(run, (unsigned)threads, 1, body, &s);
}

static const char *refuse(const uint64_t *values)
{
    return values[MIN] > values[MAX] ? "min is above max" : NULL;
}

const struct zm_pattern zm_pattern_bench_cross = {
    .name = "bench-cross",
    .summary = "P threads free their neighbour's batches in LIFO, reverse and interleaved order",
    .parameters =
        {
            [THREADS] = {"threads", "", ZM_PROCESSORS, 0, 2, ZM_THREADS_MAX},
            [BATCHES] = {"batches", "of a thread", 9000, 3000, 1, UINT64_C(1) << 40},
            [BATCH] = {"batch", "objects of one", 1000, 0, 1, 1 << 20},
            [MIN] = {"min", "smallest size", 16, 0, 1, 1 << 20},
            [MAX] = {"max", "largest size", 256, 0, 1, 1 << 20},
        },
    .run = run,
    .refuse = refuse,
};
