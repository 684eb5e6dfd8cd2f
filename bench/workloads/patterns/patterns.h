/* The list of all workloads.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_BENCH_WORKLOADS_PATTERNS_PATTERNS_H
#define ZM_BENCH_WORKLOADS_PATTERNS_PATTERNS_H

#include "bench/workloads/frame.h"

extern const struct zm_pattern *const zm_patterns[];
extern const size_t zm_patterns_count;

/* The workload of that name, or NULL. */
const struct zm_pattern *zm_pattern_find(const char *name);

/* The value that a parameter has on this machine if none is given. */
uint64_t zm_parameter_standard(const struct zm_parameter *parameter, bool quick);

#endif
