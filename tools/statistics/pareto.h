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

struct zm_pareto {
    struct zm_finding time[ZM_ROWS_MAX], memory[ZM_ROWS_MAX];
    struct zm_pareto_cost costs[ZM_ROWS_MAX];
    bool unbeaten[ZM_ROWS_MAX]; /* the control is never one of them */
    size_t count;               /* of those */
};

/* The cost of each row, from the paired ratios. */
void zm_pareto_costs(const struct zm_rows *rows, const struct zm_finding *time,
                     const struct zm_finding *memory, struct zm_pareto_cost out[ZM_ROWS_MAX]);

/* Whether `a` is better by 1 % in one and worse by no more than 0.5 % in the other: smaller
 * differences are no reason to choose. It says nothing of how sure that is. */
bool zm_pareto_beats(const struct zm_pareto_cost *a, const struct zm_pareto_cost *b);

/* Finds the rows that no other one beats for sure: by a difference that can be told from noise in
 * one, while the other's whole interval is no worse than noise may be. Of rows with too few blocks
 * for that, as costs have it. 0, or -ENOMEM. */
int zm_pareto_find(const struct zm_evidence *evidence, struct zm_pareto *out);

#endif
