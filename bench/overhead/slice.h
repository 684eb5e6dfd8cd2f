/* A slice: one measurement of a variant's loop, on one or more threads.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_BENCH_OVERHEAD_SLICE_H
#define ZM_BENCH_OVERHEAD_SLICE_H

#include <stdbool.h>

#include "variant.h"

#define ZM_THREADS_MAX 4

struct zm_range {
    const char *name;
    uint32_t min, max; /* in bytes; all sizes between them are equally likely */
    size_t slots;
};

struct zm_work {
    const struct zm_range *range;
    enum zm_operation operation;
    unsigned threads; /* if it is 1, the main thread does the work */
    bool
        cross; /* one thread allocates batches of the window's size, and the other one frees them */
};

/* Draws the sizes and slots for every thread. It is called once for each work, so that all variants
 * do the same. */
void zm_slice_prepare(const struct zm_range *range, uint64_t seed);

/* Fills the windows, runs some operations for warmth, then `count` on each thread, and frees all
 * blocks. Returns the CPU time of those in nanoseconds per operation, which does not include the
 * time that other processes take. */
double zm_slice(const struct zm_work *work, const struct zm_variant *variant, size_t count);

/* The same on the main thread for callgrind, which counts what happens inside zm_counted. */
void zm_counted(zm_loop *loop, struct zm_window *window, size_t count);
void zm_slice_counted(const struct zm_work *work, const struct zm_variant *variant, size_t count);

#endif
