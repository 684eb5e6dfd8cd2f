/* A server. Each thread replaces random objects among those it has, and is followed by another
 * thread that takes them over.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "bench/workloads/frame.h"

enum { THREADS, SLOTS, MIN, MAX, HANDOVERS, OPERATIONS };

struct state {
    const uint64_t *values;
    struct zm_held_block *slots; /* of all threads */
};

static void body(struct zm_worker *w, void *shared)
{
    const struct state *s = shared;
    size_t slots = s->values[SLOTS];
    struct zm_held_block *mine = s->slots + w->index * slots;
    for (uint64_t i = 0; i < s->values[OPERATIONS]; i++) {
        struct zm_held_block *block = &mine[zm_draw_below(w, slots)];
        zm_end(w, block);
        zm_begin(w, block, zm_draw_from(w, s->values[MIN], s->values[MAX]));
    }
}

static void run(const struct zm_run *run)
{
    size_t count = run->values[THREADS] * run->values[SLOTS];
    struct state s = {run->values, zm_pages(count * sizeof *s.slots)};
    struct zm_worker *w = zm_main_worker();
    for (size_t i = 0; i < count; i++)
        zm_begin(w, &s.slots[i], zm_draw_from(w, run->values[MIN], run->values[MAX]));
    zm_run_threads(run, (unsigned)run->values[THREADS], (unsigned)run->values[HANDOVERS] + 1, body,
                   &s);
    for (size_t i = 0; i < count; i++)
        zm_end(w, &s.slots[i]);
}

static const char *refuse(const uint64_t *values)
{
    return values[MIN] > values[MAX] ? "min is above max" : NULL;
}

const struct zm_pattern zm_pattern_larson = {
    .name = "larson",
    .summary = "P threads replace random objects of 8-1000 B and hand them to successors",
    .parameters =
        {
            [THREADS] = {"threads", "at a time", ZM_PROCESSORS, 0, 1, ZM_THREADS_MAX},
            [SLOTS] = {"slots", "objects of a thread", 5000, 0, 1, 1 << 24},
            [MIN] = {"min", "smallest size", 8, 0, 1, 1 << 20},
            [MAX] = {"max", "largest size", 1000, 0, 1, 1 << 20},
            [HANDOVERS] = {"handovers", "successors of a thread", 31, 9, 0, 100000},
            [OPERATIONS] = {"operations", "replacements by a thread before it hands over", 500000,
                            0, 1, UINT64_C(1) << 40},
        },
    .variants = {"sized=1"},
    .run = run,
    .refuse = refuse,
};
