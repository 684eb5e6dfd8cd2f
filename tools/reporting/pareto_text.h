/* The Pareto front of time and memory as text.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TOOLS_REPORTING_PARETO_TEXT_H
#define ZM_TOOLS_REPORTING_PARETO_TEXT_H

#include <stdio.h>

#include "tools/statistics/finding.h"

/* Prints the rows that no other beats, the fastest first, each with the environment to run a
 * program under. `library` is the preload library's path. 0, or -ENOMEM. */
int zm_pareto_print(const struct zm_evidence *evidence, const char *library, FILE *out);

#endif
