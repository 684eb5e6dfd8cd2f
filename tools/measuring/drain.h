/* The drain: what is still resident some time after a workload has freed everything.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TOOLS_MEASURING_DRAIN_H
#define ZM_TOOLS_MEASURING_DRAIN_H

#include "blocks.h"

/* Runs the plan's workload in blocks of every row, in shuffled order, as the plan's time and number
 * of blocks allow, but two at least. The workload must report its drained memory itself, and must
 * make the file of its option --idle when it begins to idle: then the next run starts, so that
 * some idle while one works. The samples have those figures alone, and their blocks come after
 * those that `samples` has. Returns 0, or the exit status after printing the reason. */
int zm_measure_drain(const struct zm_plan *plan, struct zm_samples *samples);

#endif
