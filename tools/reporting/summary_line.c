/* Figures of a line.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "summary_line.h"

#include <stdio.h>
#include <string.h>

/* If a smaller share of the baseline's time than this is the allocator's own, ratios of the own
 * time are mostly noise and not shown. */
#define OWN_SHARE_LEAST 0.1

/* Takes the longest drain that the baseline has. */
static int find_drained(const struct zm_evidence *evidence, struct zm_summary_line *line)
{
    double noise;
    int status = 0;
    for (int f = ZM_DRAINED_5S; f >= ZM_DRAINED_100MS && status == 0; f--) {
        status = zm_find(evidence, (enum zm_figure)f, line->drained, &noise);
        if (line->drained[evidence->rows->baseline].spread.count)
            break;
    }
    return status;
}

int zm_summary_line_find(const struct zm_evidence *evidence, const char *workload,
                         struct zm_summary_line *out)
{
    double noise;
    memset(out, 0, sizeof *out);
    snprintf(out->workload, sizeof out->workload, "%s", workload);
    int status = zm_find(evidence, ZM_WALL, out->wall, &noise);
    if (status == 0)
        status = zm_find(evidence, ZM_PEAK_MEMORY, out->memory, &noise);
    if (status == 0)
        status = zm_own_time_find(evidence, &out->own);
    return status ? status : find_drained(evidence, out);
}

enum zm_quantity zm_summary_quantity(enum zm_summary_kind kind)
{
    return kind <= ZM_SUMMARY_OWN_TIME ? ZM_SECONDS : ZM_BYTES;
}

static const struct zm_finding *finding_of(const struct zm_summary_line *line,
                                           enum zm_summary_kind kind, size_t row)
{
    switch (kind) {
    case ZM_SUMMARY_OWN_TIME:
        return &line->own.findings[row];
    case ZM_SUMMARY_MEMORY:
        return &line->memory[row];
    case ZM_SUMMARY_DRAINED:
        return &line->drained[row];
    default:
        return &line->wall[row];
    }
}

double zm_summary_value(const struct zm_summary_line *line, enum zm_summary_kind kind, size_t row)
{
    const struct zm_spread *spread = &finding_of(line, kind, row)->spread;
    return spread->count ? spread->median : -1;
}

bool zm_summary_differs(const struct zm_summary_line *line, enum zm_summary_kind kind, size_t row)
{
    return zm_finding_differs(finding_of(line, kind, row));
}

bool zm_summary_on_floor(const struct zm_summary_line *line, enum zm_summary_kind kind, size_t row)
{
    return kind == ZM_SUMMARY_OWN_TIME && line->own.floor.count > 0 &&
           line->wall[row].spread.count > 0 && !line->own.above[row];
}

bool zm_summary_has_ratios(const struct zm_summary_line *line, enum zm_summary_kind kind,
                           size_t baseline)
{
    double base = zm_summary_value(line, kind, baseline);
    if (base < 0 || zm_summary_on_floor(line, kind, baseline))
        return false;
    return kind != ZM_SUMMARY_OWN_TIME ||
           base > OWN_SHARE_LEAST * zm_summary_value(line, ZM_SUMMARY_TIME, baseline);
}

double zm_summary_spread(const struct zm_summary_line *line, enum zm_summary_kind kind,
                         const struct zm_rows *rows)
{
    double min = -1, max = -1;
    for (size_t r = 0; r < rows->count; r++) {
        double value = zm_summary_value(line, kind, r);
        if (value <= 0 || rows->all[r].control || zm_summary_on_floor(line, kind, r))
            continue;
        min = min < 0 || value < min ? value : min;
        max = value > max ? value : max;
    }
    return min > 0 ? max / min : -1;
}
