/* Huge blocks that are cleared and replace each other.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "bench/workloads/frame.h"

enum { OPERATIONS, SLOTS, MIN, MAX, HOW };
enum { UNTOUCHED, CALLOC, CLEARED };

struct state {
    const uint64_t *values;
    struct zm_held_block *slots;
};

static void body(struct zm_worker *w, void *shared)
{
    const struct state *s = shared;
    for (uint64_t i = 0; i < s->values[OPERATIONS]; i++) {
        struct zm_held_block *block = &s->slots[zm_draw_below(w, s->values[SLOTS])];
        if (block->data)
            zm_end(w, block);
        size_t size = zm_draw_from(w, s->values[MIN], s->values[MAX]);
        if (s->values[HOW] == CALLOC)
            zm_take_zeroed(w, block, size);
        else
            zm_take(w, block, size);
        if (s->values[HOW] == CLEARED)
            memset(block->data, 0, size);
        zm_stamp(w, block);
    }
    for (size_t i = 0; i < s->values[SLOTS]; i++)
        if (s->slots[i].data)
            zm_end(w, &s->slots[i]);
}

static void run(const struct zm_run *run)
{
    struct state s = {run->values, zm_pages(run->values[SLOTS] * sizeof *s.slots)};
    zm_run_threads(run, 1, 1, body, &s);
}

static const char *refuse(const uint64_t *values)
{
    return values[MIN] > values[MAX] ? "min is above max" : NULL;
}

const struct zm_pattern zm_pattern_large = {
    .name = "large",
    .summary = "1 thread, 5-25 MiB in 20 places, zeroed",
    .parameters =
        {
            [OPERATIONS] = {"operations", "in all", 2000, 200, 1, UINT64_C(1) << 40},
            [SLOTS] = {"slots", "places", 20, 0, 1, 1 << 20},
            [MIN] = {"min", "smallest size", 5 << 20, 0, 1, UINT64_C(1) << 28},
            [MAX] = {"max", "largest size", 25 << 20, 0, 1, UINT64_C(1) << 28},
            [HOW] = {"zero", "0: untouched, 1: by calloc, 2: by the program", CLEARED, 0, UNTOUCHED,
                     CLEARED},
        },
    .variants = {"zero=1"},
    .run = run,
    .refuse = refuse,
};
