/* The floor: what a workload takes without an allocator.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TOOLS_MEASURING_FLOOR_H
#define ZM_TOOLS_MEASURING_FLOOR_H

#include "blocks.h"

#define ZM_FLOOR_RUNS_MAX 16

/* Runs the plan's workload `runs` times in `row`, which has no backend, and shows the plan each
 * sample. The median wall time goes into `out`, negative if every run fails. Returns 0 also then,
 * or the exit status after printing the reason. */
int zm_measure_floor(const struct zm_plan *plan, const struct zm_row *row, unsigned runs,
                     double *out);

#endif
