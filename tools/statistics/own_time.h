/* The time that is an allocator's own: what a run takes beyond the floor.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TOOLS_STATISTICS_OWN_TIME_H
#define ZM_TOOLS_STATISTICS_OWN_TIME_H

#include "finding.h"

struct zm_own_time {
    struct zm_spread
        floor; /* wall times of the runs without an allocator; no count: there are none */
    struct zm_finding findings[ZM_ROWS_MAX];
    bool above[ZM_ROWS_MAX]; /* the floor, in four blocks of five at least */
};

/* Takes from each wall time the floor of its block, and compares what is left. 0, or -ENOMEM. */
int zm_own_time_find(const struct zm_evidence *evidence, struct zm_own_time *out);

#endif
