/* What became of the rows of one comparison in another one, in other circumstances.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TOOLS_REPORTING_BEFORE_AFTER_H
#define ZM_TOOLS_REPORTING_BEFORE_AFTER_H

#include <stdbool.h>
#include <stdio.h>

#include "tools/statistics/finding.h"

/* Prints a table of the rows that both have, and what it says in words. `changed` is what the
 * circumstances differ by. 0, or -ENOMEM. */
int zm_before_after_print(const struct zm_evidence *before, const struct zm_evidence *after,
                          const char *changed, FILE *out, bool colour);

#endif
