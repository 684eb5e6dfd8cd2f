/* The measurement: randomised complete blocks, until the answer is sure or the time is over.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TOOLS_MEASURING_BLOCKS_H
#define ZM_TOOLS_MEASURING_BLOCKS_H

#include <stdbool.h>
#include <stdint.h>

#include "tools/samples/sample.h"
#include "workload.h"

#define ZM_BLOCKS_LEAST 10
#define ZM_BLOCKS_MAX   10000
#define ZM_PRECISION    0.02 /* to which the interval of wall time must be known, in every row */

struct zm_plan {
    const char *subcommand; /* for messages */
    const struct zm_workload *workload;
    const struct zm_rows *rows;
    uint64_t seed;
    unsigned blocks;     /* 0: ZM_BLOCKS_LEAST or more, until the precision is reached */
    double time_s;       /* a block is only begun if it will end within it; 0: no limit */
    bool time_firm;      /* even if that makes fewer blocks than intervals need */
    const char *prepare; /* a shell runs it before each run, uncounted; NULL: nothing */
    bool race;           /* rows that others beat in time and memory leave early */

    /* The same work without an allocator, once in each block: its row, which is not one of `rows`,
     * the program in place of the workload's, and where its samples go. NULL: none. */
    const struct zm_row *floor;
    const char *floor_program;
    struct zm_samples *floors;

    /* Where the workload has no timeout of its own: a run that takes ten times as long as the first
     * one, and so many seconds more, has hung and is stopped. 0: none is. */
    double patience_s;

    /* Takes a sample, stopping it after the timeout; 0: never. NULL: zm_sample_take does. */
    int (*take)(void *context, const struct zm_row *row, unsigned block, double timeout_s,
                struct zm_sample *out);
    /* Is shown each sample as it comes, but not the warm-up. May be NULL. */
    void (*see)(void *context, const struct zm_sample *sample);
    void *context;
};

enum zm_ending {
    ZM_END_ASKED,
    ZM_END_PRECISE,
    ZM_END_TIME,
    ZM_END_FAILED, /* every run of the first block, so that more would tell nothing */
    ZM_END_STOPPED,
};

struct zm_outcome {
    enum zm_ending ending;
    unsigned blocks; /* that were run to their end */
    double block_s;  /* how long the last one took */
};

/* Measures, and adds each sample as it comes: whatever stops it, those that are there can be
 * reported. Returns 0, or the exit status after printing the reason. */
int zm_measure(const struct zm_plan *plan, struct zm_samples *samples, struct zm_outcome *out);

#endif
