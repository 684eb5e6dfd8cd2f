/* Changes against the baseline, from the low end of their interval to the high one.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TOOLS_REPORTING_CHANGE_H
#define ZM_TOOLS_REPORTING_CHANGE_H

#include <stdio.h>

#include "tools/statistics/finding.h"

/* A change in percent, "-5.3..-2.9"; "= -1.4..+0.8" if that is no difference; "2.6..2.8x" for large
 * ones; "-4.1 ?" where the interval is not known; "" if nothing is. */
const char *zm_change(const struct zm_finding *finding, char *buf, size_t size);

/* "2.9 to 5.3 % less time", or "2.6 to 2.8 times the time", of an interval that is known and leaves
 * out 1. */
void zm_change_in_words(FILE *out, const struct zm_interval *interval, const char *of);

/* The ratio alone in the same words, "43 % less time", or "2.7 times the time". */
void zm_change_point_in_words(FILE *out, double ratio, const char *of);

/* The ends of the interval alone: "39 to 46 %" on one side of 1, and else "-2.1 to +3.0 %"; "2.6 to
 * 2.8 times" for large ones; "" if they are not known. */
const char *zm_change_range(const struct zm_interval *interval, char *buf, size_t size);

/* The word between that and the baseline: " than ", or " of ". */
const char *zm_change_than(const struct zm_interval *interval);

#endif
