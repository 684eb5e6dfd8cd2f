/* Zeroed blocks of all sizes. Some are used, and some are never touched; an allocator need not
 * clear those if it knows that their pages are fresh.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "bench/workloads/frame.h"

enum { THREADS, OPERATIONS, SLOTS, MIN, MAX, TOUCHED };
#define PAGE 4096

struct state {
    const uint64_t *values;
    struct zm_held_block *slots; /* of all threads; untouched if their stamp is 0 */
};

/* Every octave is equally likely. */
static size_t draw_size(struct zm_worker *w, const uint64_t *values)
{
    size_t octaves = 1;
    while (values[MIN] << octaves < values[MAX])
        octaves++;
    size_t low = values[MIN] << zm_draw_below(w, octaves);
    size_t size = low + zm_draw_below(w, low);
    return size < values[MAX] ? size : values[MAX];
}

/* Reads a byte of each page, which must be 0, and writes to it. */
static void touch(struct zm_worker *w, const struct zm_held_block *block)
{
    unsigned found = block->data[block->size - 1];
    for (size_t at = 0; at < block->size; at += PAGE) {
        found |= block->data[at];
        block->data[at] = 1;
    }
    w->broken += found != 0;
    zm_stamp(w, block);
}

static void give(struct zm_worker *w, struct zm_held_block *block)
{
    if (block->stamp)
        zm_end(w, block);
    else
        zm_give(w, block);
}

static void body(struct zm_worker *w, void *shared)
{
    const struct state *s = shared;
    struct zm_held_block *mine = s->slots + w->index * s->values[SLOTS];
    for (uint64_t i = 0; i < s->values[OPERATIONS]; i++) {
        struct zm_held_block *block = &mine[zm_draw_below(w, s->values[SLOTS])];
        if (block->data)
            give(w, block);
        zm_take_zeroed(w, block, draw_size(w, s->values));
        if (zm_draw_below(w, 100) < s->values[TOUCHED])
            touch(w, block);
        else
            block->stamp = 0;
    }
    for (size_t i = 0; i < s->values[SLOTS]; i++)
        if (mine[i].data)
            give(w, &mine[i]);
}

static void run(const struct zm_run *run)
{
    size_t count = run->values[THREADS] * run->values[SLOTS];
    struct state s = {run->values, zm_pages(count * sizeof *s.slots)};
    zm_run_threads(run, (unsigned)run->values[THREADS], 1, body, &s);
}

static const char *refuse(const uint64_t *values)
{
    return values[MIN] > values[MAX] ? "min is above max" : NULL;
}

const struct zm_pattern zm_pattern_calloc = {
    .name = "calloc",
    .summary = "1 thread, zeroed blocks of 16 B-256 KiB, half of them touched",
    .parameters =
        {
            [THREADS] = {"threads", "", 1, 0, 1, ZM_THREADS_MAX},
            [OPERATIONS] = {"operations", "allocations of a thread", 300000, 60000, 1,
                            UINT64_C(1) << 40},
            [SLOTS] = {"slots", "places of a thread", 500, 0, 1, 1 << 24},
            [MIN] = {"min", "smallest size", 16, 0, 1, 1 << 24},
            [MAX] = {"max", "largest size", 256 << 10, 0, 1, UINT64_C(1) << 28},
            [TOUCHED] = {"touched", "blocks that are used, in percent", 50, 0, 0, 100},
        },
    .run = run,
    .refuse = refuse,
};
