/* Writing the oracle.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "oracle.h"

#include "bench/workloads/patterns/patterns.h"

#include <inttypes.h>

#if defined(ZM_API_LIBRARY)
static const char *backend(void)
{
    return zmalloc_backend_name();
}
#else
/* Under the preload library, its account says which one it is. */
static const char *backend(void)
{
    return NULL;
}
#endif

static double share(uint64_t part, uint64_t whole)
{
    return whole ? (double)part / (double)whole : 0;
}

/* All sums must be right, and every single block. */
static bool verified(const struct zm_totals *t)
{
    return t->written == t->read && t->broken == 0 && t->allocs == t->frees;
}

void zm_oracle_json(FILE *out, const struct zm_pattern *pattern, const struct zm_run *run,
                    const struct zm_totals *t)
{
    fprintf(out, "{\"workload\":\"%s\",\"api\":\"" ZM_API "\"", pattern->name);
    if (backend())
        fprintf(out, ",\"backend\":\"%s\"", backend());
    fprintf(out, ",\"parameters\":{");
    for (size_t i = 0; pattern->parameters[i].name; i++)
        fprintf(out, "\"%s\":%" PRIu64 ",", pattern->parameters[i].name, run->values[i]);
    fprintf(out, "\"sized\":%d,\"seed\":%" PRIu64 "}", run->sized, run->seed);
    fprintf(out,
            ",\"seconds\":%.6f,\"operations\":%" PRIu64 ",\"allocations\":%" PRIu64
            ",\"frees\":%" PRIu64 ",\"cross_frees\":%" PRIu64
            ",\"cross_share\":%.6f,\"threads\":%" PRIu64,
            t->seconds, t->allocs + t->frees, t->allocs, t->frees, t->cross,
            share(t->cross, t->frees), t->threads);
    fprintf(out, ",\"size_p50\":%zu,\"size_p90\":%zu,\"size_p99\":%zu,\"size_max\":%zu", t->p50,
            t->p90, t->p99, t->largest);
    fprintf(out, ",\"written\":\"%016" PRIx64 "\",\"read\":\"%016" PRIx64 "\",\"broken\":%" PRIu64,
            t->written, t->read, t->broken);
    fprintf(out, ",\"verified\":%s", !ZM_VERIFIES ? "null" : verified(t) ? "true" : "false");
    if (t->timed) {
        fprintf(out, ",\"latency_samples\":%" PRIu64 ",\"clock_ns\":%" PRIu64, t->timed,
                t->clock_ns);
        fprintf(out, ",\"latency_p50_ns\":%" PRIu64 ",\"latency_max_ns\":%" PRIu64, t->latency_p50,
                t->latency_max);
    }
    /* A quantile beyond the last sample would only repeat the maximum. */
    if (t->timed >= 100)
        fprintf(out, ",\"latency_p99_ns\":%" PRIu64, t->latency_p99);
    if (t->timed >= 1000)
        fprintf(out, ",\"latency_p999_ns\":%" PRIu64, t->latency_p999);
    for (size_t i = 0; i < t->drains; i++)
        fprintf(out, ",\"%s\":%" PRIu64, zm_drains[i].key, t->drained[i]);
    for (size_t i = 0; i < t->moments; i++)
        fprintf(out, "%s{\"live_bytes\":%" PRIu64 ",\"rss_bytes\":%" PRIu64 "}",
                i ? "," : ",\"memory\":[", t->moment[i].live, t->moment[i].rss);
    fputs(t->moments ? "]}\n" : "}\n", out);
}

void zm_oracle_text(FILE *out, const struct zm_pattern *pattern, const struct zm_run *run,
                    const struct zm_totals *t)
{
    fprintf(out, "%s: %s\nparameters   ", pattern->name, pattern->summary);
    for (size_t i = 0; pattern->parameters[i].name; i++)
        fprintf(out, " %s=%" PRIu64, pattern->parameters[i].name, run->values[i]);
    fprintf(out, " sized=%d seed=%" PRIu64 "\n", run->sized, run->seed);
    fprintf(out, "allocator     %s through %s\n", backend() ? backend() : "whatever there is",
            ZM_VERIFIES ? ZM_API : "no API: blocks overlap");
    fprintf(out, "operations    %" PRIu64 " (%" PRIu64 " allocations) by %" PRIu64 " threads\n",
            t->allocs + t->frees, t->allocs, t->threads);
    fprintf(out, "time          %.3f s, %.1f ns an operation (lower is better)\n", t->seconds,
            t->seconds * 1e9 / (double)(t->allocs + t->frees));
    fprintf(out, "cross-thread  %.2f %% of frees\n", 100 * share(t->cross, t->frees));
    fprintf(out, "sizes         median %zu B, p90 %zu B, p99 %zu B, largest %zu B\n", t->p50,
            t->p90, t->p99, t->largest);
    if (t->timed)
        fprintf(out,
                "latency       median %" PRIu64 " ns, p99 %" PRIu64 " ns, p99.9 %" PRIu64
                " ns, slowest %" PRIu64 " ns; of %" PRIu64 " calls, less %" PRIu64
                " ns for the clock\n",
                t->latency_p50, t->latency_p99, t->latency_p999, t->latency_max, t->timed,
                t->clock_ns);
    fprintf(out,
            "contents      %016" PRIx64 " written, %016" PRIx64 " read back, %" PRIu64
            " broken%s\n",
            t->written, t->read, t->broken, !ZM_VERIFIES ? " (not meant to hold)" : "");
    for (size_t i = 0; i < t->moments; i++)
        fprintf(out, "%s %8.1f MiB live %8.1f MiB resident\n",
                i ? "             " : "memory       ", (double)t->moment[i].live / 1048576,
                (double)t->moment[i].rss / 1048576);
    for (size_t i = 0; i < t->drains; i++)
        fprintf(out, "%s %8.1f MiB resident after %g s\n", i ? "             " : "drained      ",
                (double)t->drained[i] / 1048576, zm_drains[i].s);
}
