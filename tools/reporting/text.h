/* The result of a comparison as text, from its samples alone.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TOOLS_REPORTING_TEXT_H
#define ZM_TOOLS_REPORTING_TEXT_H

#include <stdbool.h>
#include <stdio.h>

#include "tools/statistics/finding.h"

/* What one row is told by: how it did in each figure. */
struct zm_result {
    struct zm_finding findings[ZM_FIGURES][ZM_ROWS_MAX];
    double noise[ZM_FIGURES]; /* as zm_find tells it */
    size_t good[ZM_ROWS_MAX], failed[ZM_ROWS_MAX];
    const char *reason[ZM_ROWS_MAX]; /* of the first that failed */
    unsigned blocks;                 /* that have a good sample */
};

/* NULL: out of memory. To be freed. */
struct zm_result *zm_result_of(const struct zm_evidence *evidence);

/* A row to compare others with, and one that counted. */
bool zm_result_has(const struct zm_result *result, size_t row, enum zm_figure figure);

struct zm_report {
    const char *workload;
    struct zm_evidence evidence;
    const char *ending;          /* why no more blocks were run; NULL: not known */
    const char *counters_absent; /* why; NULL: they are there, or it is not known */
};

/* Prints tables, notes and verdict. 0, or -ENOMEM. */
int zm_report_print(const struct zm_report *report, FILE *out, bool colour);

#endif
