/* What the samples say of each row against the baseline.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TOOLS_STATISTICS_FINDING_H
#define ZM_TOOLS_STATISTICS_FINDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "interval.h"
#include "statistics.h"
#include "tools/samples/sample.h"

struct zm_finding {
    struct zm_spread spread; /* of the row's own values, whatever the baseline's are */
    struct zm_interval interval;
    enum zm_difference difference;
};

/* The samples of one workload. Those of one block are compared with each other. */
struct zm_evidence {
    const struct zm_sample *samples;
    size_t count;
    const struct zm_rows *rows;
    uint64_t seed;
    const struct zm_sample *floors; /* the runs without an allocator, in the same blocks */
    size_t floor_count;
};

/* One more than the highest block. */
size_t zm_evidence_blocks(const struct zm_evidence *evidence);

/* The row's values in the order of their blocks; negative where a block has none. */
void zm_evidence_line_up(const struct zm_evidence *evidence, size_t row, enum zm_figure figure,
                         double *values, size_t blocks);

/* Finds out how each row differs from the baseline in a figure. `noise` gets the noise floor, the
 * size of the logarithm at the far end of the control's interval: INFINITY while that is unknown, 0
 * without a control. 0, or -ENOMEM. */
int zm_find(const struct zm_evidence *evidence, enum zm_figure figure,
            struct zm_finding out[ZM_ROWS_MAX], double *noise);

/* The interval of the ratio of row `a` to row `b`, paired like those. 0, or -ENOMEM. */
int zm_find_pair(const struct zm_evidence *evidence, size_t a, size_t b, enum zm_figure figure,
                 struct zm_interval *out);

/* The same at another level than 0.95. */
int zm_find_pair_at(const struct zm_evidence *evidence, size_t a, size_t b, enum zm_figure figure,
                    double level, struct zm_interval *out);

/* What became of a row between two comparisons, whose blocks have nothing to do with each other. */
struct zm_before_after {
    struct zm_spread before, after;
    struct zm_interval interval; /* of the ratio of after to before */
    enum zm_difference difference;
};

/* `noise` is what a row may change by though it is the same, as zm_interval_tells has it; `level`
 * as zm_interval_unpaired has it. 0, or -ENOMEM. */
int zm_find_between(const struct zm_evidence *before, size_t row_before,
                    const struct zm_evidence *after, size_t row_after, enum zm_figure figure,
                    double noise, double level, struct zm_before_after *out);

/* Whether a difference from the baseline can be told from noise. */
bool zm_finding_differs(const struct zm_finding *finding);

/* Half the width of the widest interval, as zm_interval_half has it, of all rows with samples.
 * INFINITY if the baseline has none. */
double zm_widest(const struct zm_rows *rows, const struct zm_finding findings[ZM_ROWS_MAX]);

#endif
