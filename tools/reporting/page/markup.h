/* Text and numbers as a page has them.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TOOLS_REPORTING_PAGE_MARKUP_H
#define ZM_TOOLS_REPORTING_PAGE_MARKUP_H

#include <stdio.h>

#include "tools/reporting/html.h"
#include "tools/statistics/finding.h"

/* Writes any text, escaped, between two pieces of markup. */
void zm_markup_between(FILE *out, const char *before, const char *text, const char *after);

/* A ratio as a change, "−43 %", or as a factor from 2 on, "2.6×". */
void zm_markup_change(FILE *out, double ratio);

/* The ends of its interval, "−46 to −39" or "2.6 to 2.8×"; nothing where they look alike; or how
 * many blocks there are where those are too few. */
void zm_markup_range(FILE *out, const struct zm_interval *interval);

/* A number with its unit, "1.02 s"; at most two decimals, of which intervals are seldom narrower.
 */
const char *zm_markup_value(enum zm_quantity quantity, double value, char *buf, size_t size);

/* The class of a cell: "less", "more", "same" or "unknown". */
const char *zm_markup_class(enum zm_difference difference);

#endif
