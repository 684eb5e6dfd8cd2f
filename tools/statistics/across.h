/* Several workloads together: the geometric mean of a row's ratios over them.
 *
 * The mean is of these workloads, which somebody has chosen; it says nothing of others.
 * docs/workloads.md derives its interval.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TOOLS_STATISTICS_ACROSS_H
#define ZM_TOOLS_STATISTICS_ACROSS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "finding.h"

/* One of the rows, which are known by their labels; a workload may lack some. */
struct zm_across_row {
    char label[ZM_LABEL_MAX + 1];
    bool control;
};

struct zm_across_workload;

struct zm_across {
    struct zm_across_row rows[ZM_ROWS_MAX];
    size_t row_count;
    size_t baseline; /* the same row in all workloads */
    struct zm_across_workload *workloads;
    size_t workload_count;
    uint64_t seed;
};

/* So many figures are known over workloads: the headline's. */
#define ZM_ACROSS_FIGURES ZM_HEADLINE

/* NULL: out of memory. */
struct zm_across *zm_across_new(void);
void zm_across_free(struct zm_across *across);

/* Adds a workload, of which it copies what it needs. False goes into `fits` if its baseline is
 * another one; then it is not added. 0, or -ENOMEM. */
int zm_across_add(struct zm_across *across, const struct zm_evidence *evidence, bool *fits);

/* The row of that label; ZM_ROWS_MAX if there is none. */
size_t zm_across_find(const struct zm_across *across, const char *label);

struct zm_mean {
    struct zm_interval interval; /* of the geometric mean of the ratios; no pairs: there is none */
    size_t workloads;            /* that it is of: those with enough pairs, or, while none has, all
                                    that have any */
    enum zm_difference difference;
};

/* Rows in the order `a` to `b` as a ratio, in all workloads but `without` (SIZE_MAX: in all). A
 * difference is told as zm_interval_tells does with `noise`. 0, or -ENOMEM. */
int zm_across_ratio(const struct zm_across *across, size_t a, size_t b, enum zm_figure figure,
                    size_t without, double noise, double level, struct zm_mean *out);

/* Each row's mean against the baseline. `noise` gets the far end of the control's mean, as zm_find
 * has it. 0, or -ENOMEM. */
int zm_across_means(const struct zm_across *across, enum zm_figure figure,
                    struct zm_mean out[ZM_ROWS_MAX], double *noise);

/* What is told of the row in one workload alone, as zm_find has it. 0, or -ENOMEM. */
int zm_across_tell(const struct zm_across *across, size_t workload, size_t row,
                   enum zm_figure figure, enum zm_difference *out);

/* The workload whose logarithm is larger, in the mean's direction, than those of all others
 * together, as its interval tells; SIZE_MAX if there is none, or fewer than three workloads. 0, or
 * -ENOMEM. */
int zm_across_carrier(const struct zm_across *across, size_t row, enum zm_figure figure,
                      size_t *out);

#endif
