/* Sums over all workers, and quantiles of them.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "totals.h"

#include <errno.h>
#include <time.h>
#include <zmalloc/sysinfo.h>

static struct zm_totals totals;
static struct {
    uint64_t sizes[ZM_SIZES], latencies[ZM_SIZES], slowest;
} sums;

/* 0 if the system does not say. */
static uint64_t resident(void)
{
    struct zmalloc_sysinfo_memory memory = {.struct_size = sizeof memory};
    zmalloc_sysinfo_memory(0, ZMALLOC_SYSINFO_RSS, &memory);
    return memory.has & ZMALLOC_SYSINFO_RSS ? memory.rss : 0;
}

void zm_note_memory(uint64_t live)
{
    uint64_t rss = resident();
    if (totals.moments == ZM_MOMENTS_MAX || !rss)
        return;
    totals.moment[totals.moments].live = live;
    totals.moment[totals.moments++].rss = rss;
}

const struct zm_drain zm_drains[ZM_DRAINS_MAX] = {
    {0.1, "drained_100ms_bytes"}, {1, "drained_1s_bytes"}, {5, "drained_5s_bytes"}};

void zm_totals_drain(double seconds, struct zm_totals *out)
{
    uint64_t began = zm_clock();
    for (size_t i = 0; i < ZM_DRAINS_MAX && zm_drains[i].s <= seconds; i++) {
        uint64_t ns = began + (uint64_t)(zm_drains[i].s * 1e9);
        struct timespec then = {(time_t)(ns / 1000000000), (long)(ns % 1000000000)};
        while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &then, NULL) == EINTR)
            continue;
        uint64_t rss = resident();
        if (rss)
            out->drained[out->drains++] = rss;
    }
}

static size_t size_of_index(size_t index)
{
    if (index < ZM_SIZES_EXACT)
        return index;
    size_t octave = (index - ZM_SIZES_EXACT) / ZM_SIZES_STEPS + 6;
    size_t step = (index - ZM_SIZES_EXACT) % ZM_SIZES_STEPS;
    return ((size_t)ZM_SIZES_STEPS + step) << (octave - 5);
}

static size_t quantile(const uint64_t *counts, uint64_t all, double share, size_t largest)
{
    uint64_t below = 0, wanted = (uint64_t)((double)all * share);
    for (size_t i = 0; i < ZM_SIZES; i++) {
        below += counts[i];
        if (below > wanted)
            return size_of_index(i);
    }
    return largest;
}

/* What two readings of the clock differ by if nothing is between them: the median of many. */
static uint64_t calibrate(void)
{
    static uint64_t counts[ZM_SIZES];
    enum { READINGS = 1001 };
    for (int i = 0; i < READINGS; i++) {
        uint64_t began = zm_clock();
        counts[zm_size_index(zm_clock() - began)]++;
    }
    return quantile(counts, READINGS, 0.5, 0);
}

static uint64_t less_clock(uint64_t ns)
{
    return ns > totals.clock_ns ? ns - totals.clock_ns : 0;
}

static void sum_latencies(const uint64_t *counts, uint64_t slowest)
{
    for (size_t i = 0; i < ZM_SIZES; i++)
        totals.timed += counts[i];
    if (totals.timed == 0)
        return;
    totals.clock_ns = calibrate();
    totals.latency_p50 = less_clock(quantile(counts, totals.timed, 0.5, slowest));
    totals.latency_p99 = less_clock(quantile(counts, totals.timed, 0.99, slowest));
    totals.latency_p999 = less_clock(quantile(counts, totals.timed, 0.999, slowest));
    totals.latency_max = less_clock(slowest);
}

void zm_totals_add(const struct zm_worker *w)
{
    totals.allocs += w->allocs;
    totals.frees += w->frees;
    totals.cross += w->cross;
    totals.written += w->written;
    totals.read += w->read;
    totals.broken += w->broken;
    if (w->largest > totals.largest)
        totals.largest = w->largest;
    if (w->slowest > sums.slowest)
        sums.slowest = w->slowest;
    for (size_t i = 0; i < ZM_SIZES; i++) {
        sums.sizes[i] += w->sizes[i];
        sums.latencies[i] += w->latencies[i];
    }
}

void zm_totals_finish(double seconds, uint64_t threads, struct zm_totals *out)
{
    totals.seconds = seconds;
    totals.threads = threads;
    totals.p50 = quantile(sums.sizes, totals.allocs, 0.5, totals.largest);
    totals.p90 = quantile(sums.sizes, totals.allocs, 0.9, totals.largest);
    totals.p99 = quantile(sums.sizes, totals.allocs, 0.99, totals.largest);
    sum_latencies(sums.latencies, sums.slowest);
    *out = totals;
}
