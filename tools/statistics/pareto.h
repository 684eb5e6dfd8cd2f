/* The Pareto front of time and memory: the rows that no other row beats.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TOOLS_STATISTICS_PARETO_H
#define ZM_TOOLS_STATISTICS_PARETO_H

#include <stdbool.h>
#include <stddef.h>

#include "finding.h"

/* A row's wall time and peak RSS in ratios to the baseline's; 0 if they are not known. */
struct zm_pareto_cost {
    double time, memory;
};

/* The cost of each row, from the paired ratios. */
void zm_pareto_costs(const struct zm_rows *rows, const struct zm_finding *time,
                     const struct zm_finding *memory, struct zm_pareto_cost out[ZM_ROWS_MAX]);

/* Whether `a` is better by 1 % in one and worse by no more than 0.5 % in the other: smaller
 * differences are no reason to choose. */
bool zm_pareto_beats(const struct zm_pareto_cost *a, const struct zm_pareto_cost *b);

/* Marks the rows that no other beats; the control is never one of them. Returns how many. */
size_t zm_pareto_find(const struct zm_pareto_cost *costs, const struct zm_rows *rows,
                      bool unbeaten[ZM_ROWS_MAX]);

#endif
