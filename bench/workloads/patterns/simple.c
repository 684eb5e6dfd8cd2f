/* The simplest loop: allocates many blocks of one size, frees half of them in the order in which
 * they were allocated, and half in reverse.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "bench/workloads/frame.h"

enum { OPERATIONS };
#define LIVE_MAX 1600

struct state {
    const uint64_t *values;
    struct zm_held_block *blocks;
};

static void one_lap(struct zm_worker *w, struct zm_held_block *blocks, size_t live, size_t size)
{
    for (size_t i = 0; i < live; i++)
        zm_begin(w, &blocks[i], size);
    for (size_t i = 0; i < live / 2; i++)
        zm_end(w, &blocks[i]);
    for (size_t i = live; i > live / 2; i--)
        zm_end(w, &blocks[i - 1]);
}

static void body(struct zm_worker *w, void *shared)
{
    static const size_t sizes[] = {16, 32, 64}, lives[] = {25, 100, 400, LIVE_MAX};
    const struct state *s = shared;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        for (size_t j = 0; j < sizeof lives / sizeof *lives; j++)
            for (uint64_t done = 0; done < s->values[OPERATIONS]; done += lives[j])
                one_lap(w, s->blocks, lives[j], sizes[i]);
}

static void run(const struct zm_run *run)
{
    struct state s = {run->values, zm_pages(LIVE_MAX * sizeof *s.blocks)};
    zm_run_threads(run, 1, 1, body, &s);
}

const struct zm_pattern zm_pattern_simple = {
    .name = "simple",
    .summary = "1 thread, 16, 32 and 64 B, 25-1600 live, freed half FIFO, half LIFO",
    .parameters =
        {
            [OPERATIONS] = {"operations", "for each of the 12 combinations", 6000000, 2000000, 1,
                            UINT64_C(1) << 40},
        },
    .run = run,
};
