/* The Pareto front of time and memory: the choices that no other one beats in both.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TOOLS_STATISTICS_PARETO_H
#define ZM_TOOLS_STATISTICS_PARETO_H

#include <stdio.h>

#include "tools/reporting/text.h"

/* What a row takes of the baseline's wall time and peak RSS; 0 where it has none. */
struct zm_cost {
    double time, memory;
};

/* Whether `a` is better by 1 % in one and worse by no more than 0.5 % in the other: smaller
 * differences are no reason to choose. */
bool zm_cost_beats(const struct zm_cost *a, const struct zm_cost *b);

/* Marks the rows on the front; the control is never there. Returns how many. */
size_t zm_front_find(const struct zm_cost *costs, const struct zm_rows *rows,
                     bool on_front[ZM_ROWS_MAX]);

/* The cost of each row, from the paired ratios. */
void zm_front_costs(const struct zm_rows *rows, const struct zm_finding *time,
                    const struct zm_finding *memory, struct zm_cost out[ZM_ROWS_MAX]);

/* Prints the front, the fastest first, each with the environment to run under. `library` is the
 * preload library. 0, or -ENOMEM. */
int zm_front_print(const struct zm_evidence *evidence, const char *library, FILE *out);

#endif
