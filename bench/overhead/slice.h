/* One measurement: a variant's loop over one cell, on one or more threads.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_BENCH_OVERHEAD_SLICE_H
#define ZM_BENCH_OVERHEAD_SLICE_H

#include <stdbool.h>

#include "variant.h"

#define ZM_THREADS_MAX 4

struct zm_range {
    const char *name;
    uint32_t min, max; /* bytes, all sizes between them equally likely */
    size_t slots;
};

struct zm_work {
    const struct zm_range *range;
    enum zm_operation operation;
    unsigned threads; /* 1: the main thread itself */
    bool cross;       /* one thread allocates, the other frees, in batches of the window's size */
};

/* Draws the sizes and slots of every thread. Once for each work, so that all variants do the same.
 */
void zm_slice_prepare(const struct zm_range *range, uint64_t seed);

/* Fills the windows, does some operations for warmth, then `count` on each thread, and frees all.
 * Returns the CPU time of the counted ones in nanoseconds per operation: time that other processes
 * take does not show. */
double zm_slice(const struct zm_work *work, const struct zm_variant *variant, size_t count);

/* The same on the main thread, for callgrind: it counts what happens inside zm_counted. */
void zm_counted(zm_loop *loop, struct zm_window *window, size_t count);
void zm_slice_counted(const struct zm_work *work, const struct zm_variant *variant, size_t count);

#endif
