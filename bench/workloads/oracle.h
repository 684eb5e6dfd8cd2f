/* What a workload did, told when it is over.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_BENCH_WORKLOADS_ORACLE_H
#define ZM_BENCH_WORKLOADS_ORACLE_H

#include <stdio.h>

#include "frame.h"
#include "totals.h"

/* As one JSON object on one line, or for people. */
void zm_oracle_json(FILE *out, const struct zm_pattern *pattern, const struct zm_run *run,
                    const struct zm_totals *totals);
void zm_oracle_text(FILE *out, const struct zm_pattern *pattern, const struct zm_run *run,
                    const struct zm_totals *totals);

/* Adds the account of this process to the file that ZMALLOC_STATS names, as the preload library
 * does for programs under it. 0, or -errno. */
int zm_account_write(const struct zm_totals *totals);

#endif
