/* Sizes that are the rarer, by their square, the larger they are: mostly tiny blocks, and now and
 * then a large one.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "bench/workloads/frame.h"

enum { THREADS, SLOTS, MIN, MAX, OPERATIONS, MILLISECONDS };
#define CHUNK 4096 /* operations between two readings of the clock */

#define DRAWN ((size_t)1 << 14)

struct state {
    const uint64_t *values;
    uint32_t *
        sizes; /* that are drawn in advance, because three divisions cost more than an allocation */
    struct zm_held_block *slots; /* of all threads */
};

static size_t draw_size(struct zm_worker *w, const uint64_t *values)
{
    double low = (double)values[MIN], high = (double)values[MAX] + 1;
    double u = zm_draw(w) / 4294967296.0;
    return (size_t)(1 / (1 / low - u * (1 / low - 1 / high)));
}

static void chunk(struct zm_worker *w, struct zm_held_block *mine, const struct state *s,
                  uint64_t count)
{
    size_t next = zm_draw_below(w, DRAWN);
    for (uint64_t i = 0; i < count; i++) {
        struct zm_held_block *block = &mine[zm_draw_below(w, s->values[SLOTS])];
        if (block->data)
            zm_end(w, block);
        zm_begin(w, block, s->sizes[next++ % DRAWN]);
    }
}

static void body(struct zm_worker *w, void *shared)
{
    const struct state *s = shared;
    struct zm_held_block *mine = s->slots + w->index * s->values[SLOTS];
    uint64_t end = zm_clock() + s->values[MILLISECONDS] * 1000000;
    if (s->values[MILLISECONDS] == 0)
        chunk(w, mine, s, s->values[OPERATIONS]);
    else
        while (zm_clock() < end)
            chunk(w, mine, s, CHUNK);
    for (size_t i = 0; i < s->values[SLOTS]; i++)
        if (mine[i].data)
            zm_end(w, &mine[i]);
}

static void run(const struct zm_run *run)
{
    size_t count = run->values[THREADS] * run->values[SLOTS];
    struct state s = {run->values, zm_pages(DRAWN * sizeof *s.sizes),
                      zm_pages(count * sizeof *s.slots)};
    for (size_t i = 0; i < DRAWN; i++)
        s.sizes[i] = (uint32_t)draw_size(zm_main_worker(), run->values);
    zm_run_threads(run, (unsigned)run->values[THREADS], 1, body, &s);
}

static const char *refuse(const uint64_t *values)
{
    return values[MIN] > values[MAX] ? "min is above max" : NULL;
}

const struct zm_pattern zm_pattern_inverse_square = {
    .name = "inverse-square",
    .summary = "P threads, 4 B-32 KiB by the inverse square, 1,024 places each",
    .parameters =
        {
            [THREADS] = {"threads", "", ZM_PROCESSORS, 0, 1, ZM_THREADS_MAX},
            [SLOTS] = {"slots", "places of a thread", 1024, 0, 1, 1 << 24},
            [MIN] = {"min", "smallest size", 4, 0, 1, 1 << 24},
            [MAX] = {"max", "largest size", 32768, 0, 1, 1 << 24},
            [OPERATIONS] = {"operations", "replacements by a thread", 40000000, 12000000, 1,
                            UINT64_C(1) << 40},
            [MILLISECONDS] = {"milliseconds", "instead of a number of operations; 0: none", 0, 0, 0,
                              3600000},
        },
    .run = run,
    .refuse = refuse,
};
