/* What all samples of a comparison say together.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TOOLS_STATISTICS_COMPARISON_H
#define ZM_TOOLS_STATISTICS_COMPARISON_H

#include <stdbool.h>
#include <stddef.h>

#include "finding.h"
#include "tools/common/units.h"

/* How each row did in each figure. */
struct zm_result {
    struct zm_finding findings[ZM_FIGURES][ZM_ROWS_MAX];
    double noise[ZM_FIGURES];                      /* the noise floors, as zm_find has them */
    size_t good[ZM_ROWS_MAX], failed[ZM_ROWS_MAX]; /* samples */
    const char *reason[ZM_ROWS_MAX];               /* why the first one failed */
    unsigned blocks;                               /* that have a good sample */
};

/* The caller frees it; it points into the evidence. NULL: out of memory. */
struct zm_result *zm_result_of(const struct zm_evidence *evidence);

/* Whether the row has the figure at all. */
bool zm_result_has(const struct zm_result *result, size_t row, enum zm_figure figure);

/* The one scale that suits the figure in every row. False if no row has it. */
bool zm_result_scale(const struct zm_result *result, const struct zm_rows *rows,
                     enum zm_figure figure, struct zm_scale *out);

/* The row's median in that scale: "<25.0" where less than so much can't be seen, "-" where nothing
 * is known. */
const char *zm_result_value(const struct zm_result *result, size_t row, enum zm_figure figure,
                            const struct zm_scale *scale, char *buf, size_t size);

#endif
