/* Stress. Threads live for a short time, allocate and free at random, keep some objects in places
 * that all share, and read every byte that they wrote.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "bench/workloads/frame.h"

enum { THREADS, ROUNDS, OPERATIONS, KEPT, PLACES, SWAPS };

struct state {
    const uint64_t *values;
    struct zm_place *places;
    struct zm_held_block *kept; /* of all threads */
};

/* 8 to 512 bytes, or rarely much more: each of the large factors brings about as many bytes as the
 * small sizes do. */
static size_t draw_size(struct zm_worker *w)
{
    size_t size = 8 * (1 + zm_draw_below(w, 64));
    size_t rare = zm_draw_below(w, 100000);
    if (rare == 0)
        return size * 10000;
    if (rare < 10)
        return size * 1000;
    return rare < 100 ? size * 100 : size;
}

static void drop(struct zm_worker *w, struct zm_held_block *block)
{
    zm_check_filled(w, block);
    zm_give(w, block);
}

static void body(struct zm_worker *w, void *shared)
{
    const struct state *s = shared;
    size_t kept = s->values[KEPT];
    struct zm_held_block *mine = s->kept + w->index * kept;
    for (uint64_t i = 0; i < s->values[OPERATIONS]; i++) {
        struct zm_held_block *block = &mine[zm_draw_below(w, kept)];
        if (zm_draw_below(w, 1000) < s->values[SWAPS])
            zm_swap(&s->places[zm_draw_below(w, s->values[PLACES])], block);
        else if (block->data)
            drop(w, block);
        else {
            zm_take(w, block, draw_size(w));
            zm_fill(w, block);
        }
    }
    for (size_t i = 0; i < kept; i++)
        if (mine[i].data)
            drop(w, &mine[i]);
}

static void run(const struct zm_run *run)
{
    size_t kept = run->values[THREADS] * run->values[KEPT];
    struct state s = {run->values, zm_pages(run->values[PLACES] * sizeof *s.places),
                      zm_pages(kept * sizeof *s.kept)};
    zm_run_rounds(run, (unsigned)run->values[THREADS], (unsigned)run->values[ROUNDS], body, &s);
    for (size_t i = 0; i < run->values[PLACES]; i++)
        if (s.places[i].block.data)
            drop(zm_main_worker(), &s.places[i].block);
}

const struct zm_pattern zm_pattern_mstress = {
    .name = "mstress",
    .summary = "P threads, renewed 50 times, swap objects in shared places and verify every byte",
    .parameters =
        {
            [THREADS] = {"threads", "at a time", ZM_PROCESSORS, 0, 2, ZM_THREADS_MAX},
            [ROUNDS] = {"rounds", "how often all threads are new", 50, 0, 1, 100000},
            [OPERATIONS] = {"operations", "of a thread", 150000, 40000, 1, UINT64_C(1) << 40},
            [KEPT] = {"kept", "places of a thread", 1000, 0, 1, 1 << 20},
            [PLACES] = {"places", "that all share", 1000, 0, 1, 1 << 20},
            [SWAPS] = {"swaps", "of 1,000 operations", 85, 0, 0, 1000},
        },
    .run = run,
};
