/* All workloads of all machines in the tables that zmalloc bench ends with.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TOOLS_REPORTING_OVERVIEW_H
#define ZM_TOOLS_REPORTING_OVERVIEW_H

#include <stdbool.h>
#include <stdio.h>

#include "tools/results/dataset.h"

/* Prints them for those that have the same rows, where there are two or more, and what the machines
 * differ by. 0, or -ENOMEM. */
int zm_overview_print(const struct zm_dataset *dataset, FILE *out, bool colour);

#endif
