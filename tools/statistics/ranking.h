/* Which row takes least, over all workloads, and which others may be it, too.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TOOLS_STATISTICS_RANKING_H
#define ZM_TOOLS_STATISTICS_RANKING_H

#include "across.h"

struct zm_ranking {
    enum zm_figure figure;
    struct zm_mean means[ZM_ROWS_MAX]; /* against the baseline; the baseline's own has no meaning */
    double noise;                      /* of means, as zm_across_means has it */
    size_t order[ZM_ROWS_MAX];         /* all rows but the baseline and controls: those that
                                          compete by their means, then the rest */
    size_t count, competing;           /* of those: with enough pairs in every workload */
    size_t best;                       /* of those and the baseline the one of least mean;
                                          ZM_ROWS_MAX: none competes */
    bool level[ZM_ROWS_MAX];           /* it competes, and can't be told from the best; nor can the
                                          best itself */
    size_t level_count;                /* besides the best */
};

/* 0, or -ENOMEM. */
int zm_ranking_find(const struct zm_across *across, enum zm_figure figure, struct zm_ranking *out);

/* Whether the best one can be told from the baseline. */
bool zm_ranking_tells(const struct zm_across *across, const struct zm_ranking *ranking);

#endif
