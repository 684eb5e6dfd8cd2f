/* What a run comes to.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_BENCH_WORKLOADS_TOTALS_H
#define ZM_BENCH_WORKLOADS_TOTALS_H

#include "blocks.h"

#define ZM_MOMENTS_MAX 256
#define ZM_DRAINS_MAX  3

struct zm_totals {
    uint64_t allocs, frees, cross, written, read, broken, threads;
    size_t largest, p50, p90, p99;
    uint64_t timed,
        clock_ns; /* how many calls were timed, and what reading the clock took of each */
    uint64_t latency_p50, latency_p99, latency_p999, latency_max; /* in ns, without clock_ns */
    double seconds; /* from the start of the threads to the last block freed */
    size_t moments;
    struct {
        uint64_t live, rss;
    } moment[ZM_MOMENTS_MAX];
    size_t drains;
    uint64_t drained[ZM_DRAINS_MAX]; /* resident bytes at the times of zm_drains[] */
};

/* Memory over time: notes the resident bytes beside `live`, the bytes that are asked for. */
void zm_note_memory(uint64_t live);

/* Adds what a worker has counted. */
void zm_totals_add(const struct zm_worker *w);

/* After every worker was added: gives all totals but the drained memory. */
void zm_totals_finish(double seconds, uint64_t threads, struct zm_totals *out);

/* The times after the last free at which resident memory is looked at. */
struct zm_drain {
    double s;
    const char *key;
};
extern const struct zm_drain zm_drains[ZM_DRAINS_MAX];

/* Idles for `seconds`, and notes the resident bytes at those times of zm_drains[] that pass. */
void zm_totals_drain(double seconds, struct zm_totals *out);

#endif
