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
#define ZM_PRECISION    0.02 /* of every row's interval of wall time */

struct zm_plan {
    const char *subcommand; /* for messages */
    const struct zm_workload *workload;
    const struct zm_rows *rows;
    uint64_t seed;
    unsigned blocks; /* 0: at least ZM_BLOCKS_LEAST, until the precision is reached */
    double time_s;   /* no block is begun that would not end within it; 0: no limit */
    unsigned least;  /* blocks that are run however long they take; 0: as many as intervals need */
    bool time_firm;  /* not even those are */
    bool race;       /* rows that others beat in time and memory leave it early */

    /* Takes one sample in another way than zm_sample_take; NULL: no other way. */
    int (*take)(void *context, const struct zm_row *row, unsigned block, struct zm_sample *out);
    /* Sees each sample as it comes; the warm-up is none. NULL: nobody does. */
    void (*see)(void *context, const struct zm_sample *sample);
    void *context;
};

enum zm_ending { ZM_END_ASKED, ZM_END_PRECISE, ZM_END_TIME, ZM_END_STOPPED };

struct zm_outcome {
    enum zm_ending ending;
    unsigned blocks; /* whole ones */
    double block_s;  /* what the last one took */
};

/* Samples are added as they come, so that what is there when it stops can be reported. Returns 0;
 * else the exit status, the reason printed. */
int zm_measure(const struct zm_plan *plan, struct zm_samples *samples, struct zm_outcome *out);

#endif
