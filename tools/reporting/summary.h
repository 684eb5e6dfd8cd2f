/* All workloads of a benchmark in tables that have a line for each.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TOOLS_REPORTING_SUMMARY_H
#define ZM_TOOLS_REPORTING_SUMMARY_H

#include <stdbool.h>
#include <stdio.h>

#include "tools/statistics/finding.h"

struct zm_summary;

/* All workloads must have these rows. NULL: out of memory. */
struct zm_summary *zm_summary_new(const struct zm_rows *rows);
void zm_summary_free(struct zm_summary *summary);

/* Adds a workload. Of those with the same `mean` there is a mean, which has that name; "" is one
 * too, NULL is none. 0, or -ENOMEM. */
int zm_summary_add(struct zm_summary *summary, const char *workload, const char *mean,
                   const struct zm_evidence *evidence);

/* How many there are. */
size_t zm_summary_count(const struct zm_summary *summary);

/* Prints the tables. 0, or -ENOMEM. */
int zm_summary_print(const struct zm_summary *summary, FILE *out, bool colour);

#endif
