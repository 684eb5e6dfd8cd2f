/* Small objects that are written to over and over, which is fast unless objects of different
 * threads share a cache line.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_BENCH_WORKLOADS_PATTERNS_SHARING_CACHE_LINES_H
#define ZM_BENCH_WORKLOADS_PATTERNS_SHARING_CACHE_LINES_H

#include "bench/workloads/blocks.h"

static inline void zm_write_often(const struct zm_held_block *block, uint64_t times)
{
    volatile unsigned char *bytes = block->data;
    for (uint64_t i = 0; i < times; i++)
        for (size_t at = 0; at < block->size; at++)
            bytes[at] = (unsigned char)(bytes[at] + 1);
}

/* Allocates, writes to and frees `objects` objects, one after the other. */
static inline void zm_write_objects(struct zm_worker *w, uint64_t objects, size_t size,
                                    uint64_t times)
{
    for (uint64_t i = 0; i < objects; i++) {
        struct zm_held_block block;
        zm_take(w, &block, size);
        zm_write_often(&block, times);
        zm_stamp(w, &block);
        zm_end(w, &block);
    }
}

#endif
