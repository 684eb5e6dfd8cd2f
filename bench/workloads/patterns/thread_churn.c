/* Threads that live for a hundred blocks, most of which another thread frees.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "bench/workloads/frame.h"

enum { THREADS, ALL, BLOCKS, SIZE, PLACES, SWAPPED };
#define BLOCKS_MAX 4096

struct state {
    const uint64_t *values;
    struct zm_place *places;
};

static void body(struct zm_worker *w, void *shared)
{
    const struct state *s = shared;
    struct zm_held_block mine[BLOCKS_MAX];
    for (size_t i = 0; i < s->values[BLOCKS]; i++) {
        zm_take_zeroed(w, &mine[i], s->values[SIZE]);
        zm_stamp(w, &mine[i]);
    }
    for (size_t i = 0; i < s->values[BLOCKS]; i++) {
        if (zm_draw_below(w, 100) < s->values[SWAPPED])
            zm_swap(&s->places[zm_draw_below(w, s->values[PLACES])], &mine[i]);
        if (mine[i].data)
            zm_end(w, &mine[i]);
    }
}

static void run(const struct zm_run *run)
{
    struct state s = {run->values, zm_pages(run->values[PLACES] * sizeof *s.places)};
    uint64_t threads = run->values[THREADS];
    unsigned generations = (unsigned)((run->values[ALL] + threads - 1) / threads);
    zm_run_threads(run, (unsigned)threads, generations, body, &s);
    for (size_t i = 0; i < run->values[PLACES]; i++)
        if (s.places[i].block.data)
            zm_end(zm_main_worker(), &s.places[i].block);
}

const struct zm_pattern zm_pattern_thread_churn = {
    .name = "thread-churn",
    .summary = "5,000 or 50,000 short threads, P at a time, calloc 128 B, 59 % exchanged at random",
    .parameters =
        {
            [THREADS] = {"threads", "at a time", ZM_PROCESSORS, 0, 2, ZM_THREADS_MAX},
            [ALL] = {"all", "threads ever", 5000, 0, 2, 10000000},
            [BLOCKS] = {"blocks", "of a thread", 100, 0, 1, BLOCKS_MAX},
            [SIZE] = {"size", "of a block", 128, 0, 1, 1 << 20},
            [PLACES] = {"places", "that all share", 10000, 0, 1, 1 << 24},
            [SWAPPED] = {"swapped", "blocks that are exchanged, in percent", 59, 0, 0, 100},
        },
    .variants = {"all=50000"},
    .run = run,
};
