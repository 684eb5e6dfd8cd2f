/* The result in words.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TOOLS_REPORTING_VERDICT_H
#define ZM_TOOLS_REPORTING_VERDICT_H

#include <stdio.h>

#include "tools/statistics/comparison.h"

/* One paragraph that says who takes less time, who takes more memory, what is noise, and what can't
 * be seen. The caller
 * frees it. NULL: out of memory. */
char *zm_verdict(const struct zm_evidence *evidence, const struct zm_result *result);

/* Prints the same, in lines of up to 80 characters. 0, or -ENOMEM. */
int zm_verdict_print(const struct zm_evidence *evidence, const struct zm_result *result, FILE *out);

/* Writes any printable text in such lines. */
void zm_verdict_put_lines(FILE *out, const char *text);

#endif
