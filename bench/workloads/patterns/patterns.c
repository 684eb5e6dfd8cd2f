/* The registry of workloads: the only place that knows them all.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "patterns.h"

#include <unistd.h>

extern const struct zm_pattern zm_pattern_cfrac_like;
extern const struct zm_pattern zm_pattern_larson;
extern const struct zm_pattern zm_pattern_mstress;
extern const struct zm_pattern zm_pattern_rptest;
extern const struct zm_pattern zm_pattern_alloc_test;
extern const struct zm_pattern zm_pattern_producer_consumer;
extern const struct zm_pattern zm_pattern_bench_lifo;
extern const struct zm_pattern zm_pattern_bench_cross;
extern const struct zm_pattern zm_pattern_cache_scratch;
extern const struct zm_pattern zm_pattern_cache_thrash;
extern const struct zm_pattern zm_pattern_simple;
extern const struct zm_pattern zm_pattern_inverse_square;
extern const struct zm_pattern zm_pattern_large;
extern const struct zm_pattern zm_pattern_thread_churn;
extern const struct zm_pattern zm_pattern_realloc_grow;
extern const struct zm_pattern zm_pattern_calloc;
extern const struct zm_pattern zm_pattern_aging;

const struct zm_pattern *const zm_patterns[] = {
    &zm_pattern_cfrac_like,   &zm_pattern_larson,       &zm_pattern_mstress,
    &zm_pattern_rptest,       &zm_pattern_alloc_test,   &zm_pattern_producer_consumer,
    &zm_pattern_bench_lifo,   &zm_pattern_bench_cross,  &zm_pattern_cache_scratch,
    &zm_pattern_cache_thrash, &zm_pattern_simple,       &zm_pattern_inverse_square,
    &zm_pattern_large,        &zm_pattern_thread_churn, &zm_pattern_realloc_grow,
    &zm_pattern_calloc,       &zm_pattern_aging,
};
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
