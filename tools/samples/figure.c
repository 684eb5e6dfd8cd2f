/* The figures' names, units, directions and places, and what follows from others.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "figure.h"

#include <assert.h>
#include <string.h>

/* ---- what follows from others: negative if they are not known, or it would mean nothing ---- */

static double cpu(const double *v)
{
    return v[ZM_USER] < 0 || v[ZM_SYS] < 0 ? -1 : v[ZM_USER] + v[ZM_SYS];
}

/* With fewer live bytes, most of the resident memory is the program's own pages. */
#define FRAGMENTATION_FROM ((double)(16 << 20))

static double fragmentation(const double *v)
{
    if (v[ZM_PEAK_LIVE] < FRAGMENTATION_FROM || v[ZM_PEAK_RSS] < v[ZM_PEAK_LIVE])
        return -1;
    return v[ZM_PEAK_RSS] / v[ZM_PEAK_LIVE] - 1;
}

static double throughput(const double *v)
{
    return v[ZM_OPERATIONS] < 0 || v[ZM_WALL] <= 0 ? -1 : v[ZM_OPERATIONS] / v[ZM_WALL];
}

/* A process alone tells its peak exactly; PSS is seen at moments, and counts what others share. So
 * both are too low, if anything. */
static double peak_memory(const double *v)
{
    return v[ZM_TREE_PSS] > v[ZM_PEAK_RSS] ? v[ZM_TREE_PSS] : v[ZM_PEAK_RSS];
}

static double peak_used(const double *v)
{
    return v[ZM_TREE_USED] > v[ZM_PEAK_LIVE] ? v[ZM_TREE_USED] : v[ZM_PEAK_LIVE];
}

/* ---- the list, in the order of the columns; the first ZM_HEADLINE are the main table ---- */

static const struct zm_figure_info list[] = {
    {ZM_WALL, "wall_s", "wall", ZM_SECONDS, ZM_LESS_IS_BETTER, NULL},
    {ZM_CPU, "cpu_s", "CPU", ZM_SECONDS, ZM_LESS_IS_BETTER, cpu},
    {ZM_PEAK_MEMORY, "peak_memory_bytes", "peak RSS", ZM_BYTES, ZM_LESS_IS_BETTER, peak_memory},

    {ZM_PEAK_RSS, "vmhwm_bytes", NULL, ZM_BYTES, ZM_LESS_IS_BETTER, NULL},
    {ZM_USER, "user_s", NULL, ZM_SECONDS, ZM_LESS_IS_BETTER, NULL},
    {ZM_SYS, "sys_s", NULL, ZM_SECONDS, ZM_LESS_IS_BETTER, NULL},
    {ZM_MINOR_FAULTS, "minflt", "minor faults", ZM_COUNT, ZM_LESS_IS_BETTER, NULL},
    {ZM_MAJOR_FAULTS, "majflt", NULL, ZM_COUNT, ZM_LESS_IS_BETTER, NULL},
    {ZM_PEAK_USED, "peak_used_bytes", "peak live", ZM_BYTES, ZM_LESS_IS_BETTER, peak_used},
    {ZM_PEAK_LIVE, "peak_live_bytes", NULL, ZM_BYTES, ZM_LESS_IS_BETTER, NULL},
    {ZM_FRAGMENTATION, "fragmentation", "overhead", ZM_SHARE, ZM_LESS_IS_BETTER, fragmentation},
    {ZM_ALLOCATIONS, "allocs", "allocations", ZM_COUNT, ZM_NEITHER_IS_BETTER, NULL},
    {ZM_ALLOCATED, "allocated_bytes", NULL, ZM_BYTES, ZM_NEITHER_IS_BETTER, NULL},
    {ZM_PROCESSES, "processes", NULL, ZM_COUNT, ZM_NEITHER_IS_BETTER, NULL},
    {ZM_SWITCHES, "context_switches", NULL, ZM_COUNT, ZM_LESS_IS_BETTER, NULL},
    {ZM_OPERATIONS, "operations", NULL, ZM_COUNT, ZM_MORE_IS_BETTER, NULL},
    {ZM_THROUGHPUT, "operations_per_s", "ops/s", ZM_COUNT, ZM_MORE_IS_BETTER, throughput},
    {ZM_INSTRUCTIONS, "instructions", "instructions", ZM_COUNT, ZM_LESS_IS_BETTER, NULL},
    {ZM_CYCLES, "cycles", "cycles", ZM_COUNT, ZM_LESS_IS_BETTER, NULL},
    {ZM_CACHE_MISSES, "cache_misses", "cache misses", ZM_COUNT, ZM_LESS_IS_BETTER, NULL},
    {ZM_TLB_MISSES, "dtlb_misses", "TLB misses", ZM_COUNT, ZM_LESS_IS_BETTER, NULL},
    {ZM_LATENCY_P50, "latency_p50_ns", "p50", ZM_NANOSECONDS, ZM_LESS_IS_BETTER, NULL},
    {ZM_LATENCY_P99, "latency_p99_ns", "p99", ZM_NANOSECONDS, ZM_LESS_IS_BETTER, NULL},
    {ZM_LATENCY_P999, "latency_p999_ns", "p99.9", ZM_NANOSECONDS, ZM_LESS_IS_BETTER, NULL},
    {ZM_LATENCY_MAX, "latency_max_ns", "max", ZM_NANOSECONDS, ZM_LESS_IS_BETTER, NULL},
    {ZM_DRAINED_100MS, "drained_100ms_bytes", "drained 0.1s", ZM_BYTES, ZM_LESS_IS_BETTER, NULL},
    {ZM_DRAINED_1S, "drained_1s_bytes", "drained 1s", ZM_BYTES, ZM_LESS_IS_BETTER, NULL},
    {ZM_DRAINED_5S, "drained_5s_bytes", "drained 5s", ZM_BYTES, ZM_LESS_IS_BETTER, NULL},
    {ZM_PEAK_SLACK, "peak_slack_bytes", NULL, ZM_BYTES, ZM_NEITHER_IS_BETTER, NULL},
    {ZM_CLOCK, "clock_ns", NULL, ZM_NANOSECONDS, ZM_NEITHER_IS_BETTER, NULL},
    {ZM_TREE_PSS, "tree_pss_bytes", NULL, ZM_BYTES, ZM_LESS_IS_BETTER, NULL},
    {ZM_TREE_USED, "tree_used_bytes", NULL, ZM_BYTES, ZM_LESS_IS_BETTER, NULL},
    {ZM_TREE_COUNT, "tree_processes", NULL, ZM_COUNT, ZM_NEITHER_IS_BETTER, NULL},
};

_Static_assert(sizeof list / sizeof *list == ZM_FIGURES, "every figure has a row in the list");

const struct zm_figure_info *zm_figure_at(size_t place)
{
    return place < ZM_FIGURES ? &list[place] : NULL;
}

const struct zm_figure_info *zm_figure_info(enum zm_figure figure)
{
    size_t place = 0;
    while (place < ZM_FIGURES && list[place].figure != figure)
        place++;
    assert(place < ZM_FIGURES);
    return &list[place];
}

enum zm_figure zm_figure_least(enum zm_figure figure)
{
    if (figure >= ZM_LATENCY_P50 && figure <= ZM_LATENCY_MAX)
        return ZM_CLOCK;
    return figure == ZM_PEAK_LIVE || figure == ZM_PEAK_USED ? ZM_PEAK_SLACK : ZM_FIGURES;
}

bool zm_figure_find(const char *key, enum zm_figure *out)
{
    for (size_t place = 0; place < ZM_FIGURES; place++) {
        if (list[place].figure < ZM_MEASURED && strcmp(list[place].key, key) == 0) {
            *out = list[place].figure;
            return true;
        }
    }
    return false;
}
