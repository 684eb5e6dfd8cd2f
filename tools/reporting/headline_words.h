/* What the title and the lead of a headline have in common.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TOOLS_REPORTING_HEADLINE_WORDS_H
#define ZM_TOOLS_REPORTING_HEADLINE_WORDS_H

#include <stdio.h>

#include "headline.h"

struct zm_telling {
    const struct zm_across *across;
    const struct zm_rankings *rankings;
    const char *const *names;
    FILE *out;
};

/* The row's label between the two texts; the baseline's. */
void zm_telling_label(const struct zm_telling *t, const char *before, size_t row,
                      const char *after);
void zm_telling_base(const struct zm_telling *t, const char *before, const char *after);

/* "a", "a and b", or "a, b and 3 more": the best, and the rows that are level with it. */
void zm_telling_leaders(const struct zm_telling *t, const struct zm_ranking *ranking);

/* Whether some row has pairs at all. */
bool zm_telling_any_pair(const struct zm_ranking *ranking);

/* Writes how sure the title is, which recommends the row `best`, and what else is to be known. 0,
 * or -ENOMEM. */
int zm_telling_lead(const struct zm_telling *t, size_t best);

#endif
