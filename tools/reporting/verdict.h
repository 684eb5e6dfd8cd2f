/* The result in words.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TOOLS_REPORTING_VERDICT_H
#define ZM_TOOLS_REPORTING_VERDICT_H

#include <stdio.h>

#include "tools/statistics/comparison.h"

/* "-4.1 +-1.2" in percent, "= +0.3 +-1.1" where no difference can be told, "2.70x" for large ones;
 * "" where nothing is known. */
const char *zm_change(const struct zm_finding *finding, char *buf, size_t size);

/* One paragraph: who takes less time and who more memory, and what is noise. To be freed; NULL: out
 * of memory. */
char *zm_verdict(const struct zm_rows *rows, const struct zm_result *result);

/* The same, in lines of 100 characters at most. 0, or -ENOMEM. */
int zm_verdict_print(const struct zm_rows *rows, const struct zm_result *result, FILE *out);

#endif
