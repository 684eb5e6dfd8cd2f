/* Arithmetic on long numbers: intermediate results of a few words that die at once, and now and
 * then one that is kept.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "bench/workloads/frame.h"

enum { OPERATIONS, LIFETIME, SURVIVORS, KEPT };
#define LIFETIME_MAX 1024
#define KEPT_MAX     (1 << 20)

struct state {
    const uint64_t *values;
    struct zm_held_block *recent, *kept;
};

/* A few 8-byte words: half of the numbers have one or two, and 1 in 64 is long. */
static size_t draw_size(struct zm_worker *w)
{
    static const unsigned char words[64] = {
        1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2,  2, 2,
        2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2,  2, 2,
        3, 3, 3, 3, 3, 3, 3, 3, 3, 4, 4, 4, 4, 4, 5, 5, 5, 6, 8, 32,
    };
    return 8 * (size_t)words[zm_draw_below(w, sizeof words)];
}

static void body(struct zm_worker *w, void *shared)
{
    const struct state *s = shared;
    size_t lifetime = s->values[LIFETIME];
    for (uint64_t i = 0; i < s->values[OPERATIONS]; i++) {
        struct zm_held_block *block = &s->recent[i % lifetime];
        if (block->data && zm_one_in(w, s->values[SURVIVORS])) {
            struct zm_held_block *kept = &s->kept[zm_draw_below(w, s->values[KEPT])];
            if (kept->data)
                zm_end(w, kept);
            *kept = *block;
        } else if (block->data) {
            zm_end(w, block);
        }
        zm_begin(w, block, draw_size(w));
    }
}

static void run(const struct zm_run *run)
{
    struct state s = {run->values, zm_pages(LIFETIME_MAX * sizeof *s.recent),
                      zm_pages(run->values[KEPT] * sizeof *s.kept)};
    zm_run_threads(run, 1, 1, body, &s);
    for (size_t i = 0; i < LIFETIME_MAX; i++)
        if (s.recent[i].data)
            zm_end(zm_main_worker(), &s.recent[i]);
    for (size_t i = 0; i < run->values[KEPT]; i++)
        if (s.kept[i].data)
            zm_end(zm_main_worker(), &s.kept[i]);
}

const struct zm_pattern zm_pattern_cfrac_like = {
    .name = "cfrac-like",
    .summary = "1 thread, median 16 B, objects live about 2 allocations, some survive",
    .parameters =
        {
            [OPERATIONS] = {"operations", "of the thread", 60000000, 20000000, 1,
                            UINT64_C(1) << 40},
            [LIFETIME] = {"lifetime", "allocations that an object lives", 2, 0, 1, LIFETIME_MAX},
            [SURVIVORS] = {"survivors", "1 in so many is kept", 64, 0, 1, UINT32_MAX},
            [KEPT] = {"kept", "places of what is kept", 4096, 0, 1, KEPT_MAX},
        },
    .run = run,
};
