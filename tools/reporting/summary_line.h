/* A workload's line in the closing tables: what is known of it, and the figures of its cells.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TOOLS_REPORTING_SUMMARY_LINE_H
#define ZM_TOOLS_REPORTING_SUMMARY_LINE_H

#include <stdbool.h>

#include "tools/common/units.h"
#include "tools/statistics/own_time.h"

struct zm_summary_line {
    char workload[64];
    struct zm_own_time own;
    struct zm_finding wall[ZM_ROWS_MAX], memory[ZM_ROWS_MAX], drained[ZM_ROWS_MAX];
};

/* 0, or -ENOMEM. */
int zm_summary_line_find(const struct zm_evidence *evidence, const char *workload,
                         struct zm_summary_line *out);

/* A table, by what its cells are about. */
enum zm_summary_kind {
    ZM_SUMMARY_TIME,
    ZM_SUMMARY_OWN_TIME,
    ZM_SUMMARY_MEMORY,
    ZM_SUMMARY_DRAINED,
    ZM_SUMMARY_KINDS
};

enum zm_quantity zm_summary_quantity(enum zm_summary_kind kind);

/* The row's median; negative if there is none. */
double zm_summary_value(const struct zm_summary_line *line, enum zm_summary_kind kind, size_t row);

/* Whether it can be told from the baseline's. */
bool zm_summary_differs(const struct zm_summary_line *line, enum zm_summary_kind kind, size_t row);

/* Whether what is left of the time can't be told from nothing. */
bool zm_summary_on_floor(const struct zm_summary_line *line, enum zm_summary_kind kind, size_t row);

/* Whether ratios to the baseline mean something. */
bool zm_summary_has_ratios(const struct zm_summary_line *line, enum zm_summary_kind kind,
                           size_t baseline);

/* The ratio of the largest of the rows' figures to the smallest; negative if there is none. */
double zm_summary_spread(const struct zm_summary_line *line, enum zm_summary_kind kind,
                         const struct zm_rows *rows);

#endif
