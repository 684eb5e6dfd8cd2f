/* The figures' names, units and directions.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "figure.h"

#include <string.h>

static const struct zm_figure_info infos[ZM_FIGURES] = {
    [ZM_WALL] = {"wall_s", "wall", ZM_SECONDS, ZM_LESS_IS_BETTER},
    [ZM_USER] = {"user_s", NULL, ZM_SECONDS, ZM_LESS_IS_BETTER},
    [ZM_SYS] = {"sys_s", NULL, ZM_SECONDS, ZM_LESS_IS_BETTER},
    [ZM_MINOR_FAULTS] = {"minflt", "minor faults", ZM_COUNT, ZM_LESS_IS_BETTER},
    [ZM_MAJOR_FAULTS] = {"majflt", NULL, ZM_COUNT, ZM_LESS_IS_BETTER},
    [ZM_PEAK_RSS] = {"vmhwm_bytes", "peak RSS", ZM_BYTES, ZM_LESS_IS_BETTER},
    [ZM_PEAK_LIVE] = {"peak_live_bytes", "peak live", ZM_BYTES, ZM_LESS_IS_BETTER},
    [ZM_ALLOCATIONS] = {"allocs", "allocations", ZM_COUNT, ZM_NEITHER_IS_BETTER},
    [ZM_ALLOCATED] = {"allocated_bytes", NULL, ZM_BYTES, ZM_NEITHER_IS_BETTER},
    [ZM_PROCESSES] = {"processes", NULL, ZM_COUNT, ZM_NEITHER_IS_BETTER},
    [ZM_SWITCHES] = {"context_switches", NULL, ZM_COUNT, ZM_LESS_IS_BETTER},
    [ZM_INSTRUCTIONS] = {"instructions", "instructions", ZM_COUNT, ZM_LESS_IS_BETTER},
    [ZM_CYCLES] = {"cycles", "cycles", ZM_COUNT, ZM_LESS_IS_BETTER},
    [ZM_CACHE_MISSES] = {"cache_misses", "cache misses", ZM_COUNT, ZM_LESS_IS_BETTER},
    [ZM_TLB_MISSES] = {"dtlb_misses", "TLB misses", ZM_COUNT, ZM_LESS_IS_BETTER},
    [ZM_OPERATIONS] = {"operations", NULL, ZM_COUNT, ZM_MORE_IS_BETTER},
    [ZM_LATENCY_P50] = {"latency_p50_ns", "p50", ZM_NANOSECONDS, ZM_LESS_IS_BETTER},
    [ZM_LATENCY_P99] = {"latency_p99_ns", "p99", ZM_NANOSECONDS, ZM_LESS_IS_BETTER},
    [ZM_LATENCY_P999] = {"latency_p999_ns", "p99.9", ZM_NANOSECONDS, ZM_LESS_IS_BETTER},
    [ZM_LATENCY_MAX] = {"latency_max_ns", "max", ZM_NANOSECONDS, ZM_LESS_IS_BETTER},
    [ZM_DRAINED_100MS] = {"drained_100ms_bytes", "drained 0.1s", ZM_BYTES, ZM_LESS_IS_BETTER},
    [ZM_DRAINED_1S] = {"drained_1s_bytes", "drained 1s", ZM_BYTES, ZM_LESS_IS_BETTER},
    [ZM_DRAINED_5S] = {"drained_5s_bytes", "drained 5s", ZM_BYTES, ZM_LESS_IS_BETTER},
    [ZM_CPU] = {"cpu_s", "CPU", ZM_SECONDS, ZM_LESS_IS_BETTER},
    [ZM_FRAGMENTATION] = {"fragmentation", "overhead", ZM_SHARE, ZM_LESS_IS_BETTER},
    [ZM_THROUGHPUT] = {"operations_per_s", "ops/s", ZM_COUNT, ZM_MORE_IS_BETTER},
};

const struct zm_figure_info *zm_figure_info(enum zm_figure figure)
{
    return &infos[figure];
}

bool zm_figure_find(const char *key, enum zm_figure *out)
{
    for (size_t f = 0; f < ZM_MEASURED; f++) {
        if (strcmp(infos[f].key, key) == 0) {
            *out = (enum zm_figure)f;
            return true;
        }
    }
    return false;
}
