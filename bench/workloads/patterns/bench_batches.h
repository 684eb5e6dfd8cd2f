/* Batches of blocks that are freed in a certain order: by the thread that allocated them
 * (bench-lifo) or by another one (bench-cross).
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_BENCH_WORKLOADS_PATTERNS_BENCH_BATCHES_H
#define ZM_BENCH_WORKLOADS_PATTERNS_BENCH_BATCHES_H

#include "bench/workloads/blocks.h"

/* Allocates every block of the batch. */
static inline void zm_batch_take(struct zm_worker *w, struct zm_held_block *blocks, size_t count,
                                 size_t min, size_t max)
{
    for (size_t i = 0; i < count; i++)
        zm_begin(w, &blocks[i], zm_draw_from(w, min, max));
}

/* Frees the batch: in order 0 the last block first, in 1 the first one, and in 2 every other one
 * and then the rest. */
static inline void zm_batch_give(struct zm_worker *w, struct zm_held_block *blocks, size_t count,
                                 unsigned order)
{
    switch (order) {
    case 0:
        for (size_t i = count; i > 0; i--)
            zm_end(w, &blocks[i - 1]);
        break;
    case 1:
        for (size_t i = 0; i < count; i++)
            zm_end(w, &blocks[i]);
        break;
    default:
        for (size_t start = 0; start < 2; start++)
            for (size_t i = start; i < count; i += 2)
                zm_end(w, &blocks[i]);
    }
}

#endif
