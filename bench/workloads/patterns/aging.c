/* A process that lives long. Its mix of sizes shifts from phase to phase, and a tenth of what it
 * holds outlives each phase. The oracle has, phase by phase, the memory that it takes beside what
 * it holds.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "bench/workloads/frame.h"
#include "bench/workloads/totals.h"

enum { PHASES, LIVE, CHURN, SURVIVE };
#define SIZE_LOWEST 64 /* which limits the number of blocks */

struct state {
    const uint64_t *values;
    struct zm_held_block *blocks;
    size_t count;
    uint64_t live; /* bytes, as asked for */
};

static void add(struct zm_worker *w, struct state *s, size_t size)
{
    struct zm_held_block *block = &s->blocks[s->count++];
    zm_take(w, block, size);
    /* Pages that are never touched would not be resident. */
    for (size_t at = 0; at < size; at += 4096)
        block->data[at] = 1;
    zm_stamp(w, block);
    s->live += size;
}

static void drop_one(struct zm_worker *w, struct state *s)
{
    struct zm_held_block *block = &s->blocks[zm_draw_below(w, s->count)];
    s->live -= block->size;
    zm_end(w, block);
    *block = s->blocks[--s->count];
}

/* Sizes of up to four octaves, which move up from 64 B to 256 KiB and down again. */
static size_t draw_size(struct zm_worker *w, uint64_t phase)
{
    static const unsigned char lows[] = {6, 7, 9, 11, 13, 15, 13, 11, 9, 7};
    size_t low = (size_t)1 << (lows[phase % sizeof lows] + zm_draw_below(w, 3));
    return low + zm_draw_below(w, low);
}

static void body(struct zm_worker *w, void *shared)
{
    struct state *s = shared;
    uint64_t wanted = s->values[LIVE] << 20;
    zm_note_memory(0);
    for (uint64_t phase = 0; phase < s->values[PHASES]; phase++) {
        for (size_t size; s->live + (size = draw_size(w, phase)) <= wanted;)
            add(w, s, size);
        for (uint64_t i = s->count * s->values[CHURN]; i > 0 && s->count > 0; i--) {
            drop_one(w, s);
            for (size_t size; s->live + (size = draw_size(w, phase)) <= wanted;)
                add(w, s, size);
        }
        zm_note_memory(s->live);
        for (size_t left = s->count * s->values[SURVIVE] / 100; s->count > left;)
            drop_one(w, s);
        zm_note_memory(s->live);
    }
    while (s->count > 0)
        drop_one(w, s);
    zm_note_memory(0);
}

static void run(const struct zm_run *run)
{
    size_t bytes = (run->values[LIVE] << 20) / SIZE_LOWEST * sizeof(struct zm_held_block);
    struct state s = {.values = run->values, .blocks = zm_pages(bytes)};
    memset(s.blocks, 0xff, bytes); /* so that they are resident from the start */
    zm_run_threads(run, 1, 1, body, &s);
}

const struct zm_pattern zm_pattern_aging = {
    .name = "aging",
    .summary = "1 thread, phases that shift the mix of sizes while 10 % survive; memory over time",
    .parameters =
        {
            [PHASES] = {"phases", "", 20, 6, 1, (ZM_MOMENTS_MAX - 2) / 2},
            [LIVE] = {"live", "held at the height of a phase, in MiB", 64, 32, 1, 1 << 16},
            [CHURN] = {"churn", "how often a phase replaces what it holds", 2, 0, 0, 1000},
            [SURVIVE] = {"survive", "blocks that outlive a phase, in percent", 10, 0, 0, 100},
        },
    .run = run,
};
