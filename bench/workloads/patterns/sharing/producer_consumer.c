/* Half of the threads allocate, half free.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "bench/workloads/frame.h"
#include "pipe.h"

enum { PAIRS, BATCHES, BATCH, SIZE, DEPTH };

struct state {
    const uint64_t *values;
    struct zm_pipe **pipes;
};

static void produce(struct zm_worker *w, struct zm_pipe *pipe, const uint64_t *values)
{
    for (uint64_t b = 0; b < values[BATCHES]; b++) {
        struct zm_held_block *room = zm_pipe_room(pipe, true);
        for (size_t i = 0; i < values[BATCH]; i++)
            zm_begin(w, &room[i], values[SIZE]);
        zm_pipe_put(pipe, values[BATCH]);
    }
    zm_pipe_close(pipe);
}

static void consume(struct zm_worker *w, struct zm_pipe *pipe)
{
    size_t count;
    struct zm_held_block *blocks;
    while ((blocks = zm_pipe_batch(pipe, &count, true))) {
        for (size_t i = 0; i < count; i++)
            zm_end(w, &blocks[i]);
        zm_pipe_done(pipe);
    }
}

static void body(struct zm_worker *w, void *shared)
{
    const struct state *s = shared;
    if (w->index % 2 == 0)
        produce(w, s->pipes[w->index / 2], s->values);
    else
        consume(w, s->pipes[w->index / 2]);
}

static void run(const struct zm_run *run)
{
    size_t pairs = run->values[PAIRS];
    struct state s = {run->values, zm_pages(pairs * sizeof(struct zm_pipe *))};
    for (size_t i = 0; i < pairs; i++)
        s.pipes[i] = zm_pipe_new(run->values[BATCH], run->values[DEPTH]);
    zm_run_threads(run, 2 * (unsigned)pairs, 1, body, &s);
}

const struct zm_pattern zm_pattern_producer_consumer = {
    .name = "producer-consumer",
    .summary = "P threads allocate 64 B in batches of 4,096, P others free them",
    .parameters =
        {
            [PAIRS] = {"pairs", "of a producer and a consumer", ZM_PROCESSORS, 0, 1,
                       ZM_THREADS_MAX / 2},
            [BATCHES] = {"batches", "of a producer", 3000, 1000, 1, UINT64_C(1) << 40},
            [BATCH] = {"batch", "objects of one", 4096, 0, 1, 1 << 20},
            [SIZE] = {"size", "of an object", 64, 0, 1, 1 << 20},
            [DEPTH] = {"depth", "batches that may wait between two threads", 16, 0, 1, 1 << 10},
        },
    .variants = {"sized=1"},
    .run = run,
};
