/* The registry of workloads: the only place that knows them all.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "patterns.h"

#include <unistd.h>

/* In the order in which they run; two lists, so that neither macro is long. */
#define EACH_OF_FIRST(X) \
    X(cfrac_like)        \
    X(larson)            \
    X(mstress)           \
    X(rptest)            \
    X(alloc_test)        \
    X(producer_consumer) \
    X(bench_lifo)        \
    X(bench_cross)       \
    X(cache_scratch)     \
    X(cache_thrash)

#define EACH_OF_LAST(X) \
    X(simple)           \
    X(inverse_square)   \
    X(large)            \
    X(thread_churn)     \
    X(realloc_grow)     \
    X(calloc)           \
    X(aging)

#define EACH_PATTERN(X) EACH_OF_FIRST(X) EACH_OF_LAST(X)

#define DECLARE(name)   extern const struct zm_pattern zm_pattern_##name;
EACH_PATTERN(DECLARE)

#define POINT_TO(name) &zm_pattern_##name,
const struct zm_pattern *const zm_patterns[] = {EACH_PATTERN(POINT_TO)};
const size_t zm_patterns_count = sizeof zm_patterns / sizeof *zm_patterns;

const struct zm_pattern *zm_pattern_find(const char *name)
{
    for (size_t i = 0; i < zm_patterns_count; i++) {
        if (strcmp(zm_patterns[i]->name, name) == 0)
            return zm_patterns[i];
    }
    return NULL;
}

uint64_t zm_parameter_standard(const struct zm_parameter *parameter, bool quick)
{
    uint64_t value = quick && parameter->quick ? parameter->quick : parameter->standard;
    if (value == ZM_PROCESSORS) {
        long processors = sysconf(_SC_NPROCESSORS_ONLN);
        value = processors > 0 ? (uint64_t)processors : 1;
    }
    value = value < parameter->min ? parameter->min : value;
    return value > parameter->max ? parameter->max : value;
}
