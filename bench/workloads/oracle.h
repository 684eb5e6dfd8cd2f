/* The oracle: what a workload did, and whether every block held what was written.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_BENCH_WORKLOADS_ORACLE_H
#define ZM_BENCH_WORKLOADS_ORACLE_H

#include <stdio.h>

#include "frame.h"
#include "totals.h"

/* The oracle as a JSON object in one line, and as text. */
void zm_oracle_json(FILE *out, const struct zm_pattern *pattern, const struct zm_run *run,
                    const struct zm_totals *totals);
void zm_oracle_text(FILE *out, const struct zm_pattern *pattern, const struct zm_run *run,
                    const struct zm_totals *totals);

/* Adds the account of this process to the file that ZMALLOC_STATS names, as the preload library
 * does. 0, or -errno. */
int zm_account_write(const struct zm_totals *totals);

#endif
