/* All workloads there are.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_BENCH_WORKLOADS_PATTERNS_PATTERNS_H
#define ZM_BENCH_WORKLOADS_PATTERNS_PATTERNS_H

#include "bench/workloads/frame.h"

extern const struct zm_pattern *const zm_patterns[];
extern const size_t zm_patterns_count;

/* NULL if there is none of that name. */
const struct zm_pattern *zm_pattern_find(const char *name);

/* The standard value of one on this machine. */
uint64_t zm_parameter_standard(const struct zm_parameter *parameter, bool quick);

#endif
