/* The floor: what a workload takes without an allocator.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TOOLS_MEASURING_FLOOR_H
#define ZM_TOOLS_MEASURING_FLOOR_H

#include "blocks.h"

#define ZM_FLOOR_RUNS_MAX 16

/* Runs the plan's workload `runs` times as `row` says, each seen as the plan's samples are. The
 * median wall time goes into `out`; negative if it cannot be told. Returns 0, also if a run fails,
 * or the exit status after printing the reason. */
int zm_measure_floor(const struct zm_plan *plan, const struct zm_row *row, unsigned runs,
                     double *out);

#endif
