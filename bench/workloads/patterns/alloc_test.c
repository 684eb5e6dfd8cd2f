/* Objects whose life depends on how popular their place is: some places are drawn all the time, and
 * most hardly ever.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "bench/workloads/frame.h"

#include <math.h>

enum { THREADS, OPERATIONS, SLOTS, MAX };
#define DRAWN ((size_t)1 << 16)

struct state {
    const uint64_t *values;
    struct zm_held_block *slots; /* of all threads */
    uint32_t
        *drawn; /* places that are drawn in advance, because pow() costs more than an allocation */
};

static void body(struct zm_worker *w, void *shared)
{
    const struct state *s = shared;
    struct zm_held_block *mine = s->slots + w->index * s->values[SLOTS];
    for (uint64_t i = 0; i < s->values[OPERATIONS]; i++) {
        struct zm_held_block *block = &mine[s->drawn[zm_draw_below(w, DRAWN)]];
        if (block->data)
            zm_end(w, block);
        else
            zm_begin(w, block, zm_draw_from(w, 1, s->values[MAX]));
    }
    for (size_t i = 0; i < s->values[SLOTS]; i++)
        if (mine[i].data)
            zm_end(w, &mine[i]);
}

/* By Pareto's rule: four times in five, the place is one of a fifth of them. */
static void draw_places(struct zm_worker *w, const struct state *s)
{
    double power = log(0.2) / log(0.8);
    for (size_t i = 0; i < DRAWN; i++)
        s->drawn[i] = (uint32_t)((double)s->values[SLOTS] * pow(zm_draw(w) / 4294967296.0, power));
}

static void run(const struct zm_run *run)
{
    size_t count = run->values[THREADS] * run->values[SLOTS];
    struct state s = {run->values, zm_pages(count * sizeof *s.slots),
                      zm_pages(DRAWN * sizeof *s.drawn)};
    draw_places(zm_main_worker(), &s);
    zm_run_threads(run, (unsigned)run->values[THREADS], 1, body, &s);
}

const struct zm_pattern zm_pattern_alloc_test = {
    .name = "alloc-test",
    .summary = "1 or P threads, up to 1 KiB in places drawn by Pareto's rule",
    .parameters =
        {
            [THREADS] = {"threads", "", ZM_PROCESSORS, 0, 1, ZM_THREADS_MAX},
            [OPERATIONS] = {"operations", "allocations and frees of a thread", 40000000, 12000000,
                            1, UINT64_C(1) << 40},
            [SLOTS] = {"slots", "places of a thread", 20000, 0, 1, 1 << 24},
            [MAX] = {"max", "largest size", 1024, 0, 1, 1 << 20},
        },
    .variants = {"threads=1"},
    .run = run,
};
