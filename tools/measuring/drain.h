/* The drain: what is still resident some time after a workload has freed everything.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TOOLS_MEASURING_DRAIN_H
#define ZM_TOOLS_MEASURING_DRAIN_H

#include "blocks.h"

/* Runs the plan's workload, which must report its drained memory itself, once in each row but the
 * control. The samples become a block of their own, number `block`, that has those figures alone:
 * their times would include the idling. Returns 0, or the exit status after printing the reason. */
int zm_measure_drain(const struct zm_plan *plan, unsigned block, struct zm_samples *samples);

#endif
