/* Cells with an interval on an axis.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TOOLS_REPORTING_PAGE_STRIPS_H
#define ZM_TOOLS_REPORTING_PAGE_STRIPS_H

#include <stdio.h>

#include "axis.h"

/* The heading of a column, with its axis. */
void zm_strips_head(FILE *out, const struct zm_axes *axes, size_t column, const char *title);

/* A change in words and as a mark; `value` is what it comes to, NULL: nothing is said. `key` is the
 * column's class. */
void zm_strips_cell(FILE *out, const struct zm_axes *axes, size_t column, const char *key,
                    const struct zm_interval *interval, enum zm_difference difference,
                    const char *value);

/* The baseline's own. */
void zm_strips_base(FILE *out, const char *key, const char *value);

#endif
