/* The result of a comparison as text.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TOOLS_REPORTING_TEXT_H
#define ZM_TOOLS_REPORTING_TEXT_H

#include <stdbool.h>
#include <stdio.h>

#include "tools/statistics/finding.h"

struct zm_text_report {
    const char *workload;
    struct zm_evidence evidence;
    const char *ending;          /* why no more blocks were run; NULL if it is not known */
    const char *counters_absent; /* why there are none; NULL if there are, or it is not known */
};

/* Prints tables, notes and verdict. 0, or -ENOMEM. */
int zm_text_report_print(const struct zm_text_report *report, FILE *out, bool colour);

#endif
