/* What all workloads of one place say together, in a few sentences.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TOOLS_REPORTING_HEADLINE_H
#define ZM_TOOLS_REPORTING_HEADLINE_H

#include "tools/statistics/ranking.h"

/* All rankings of one place. */
struct zm_rankings {
    struct zm_ranking wall, cpu, memory;
};

/* 0, or -ENOMEM. */
int zm_rankings_find(const struct zm_across *across, struct zm_rankings *out);

struct zm_headline {
    char *title; /* "mimalloc is fastest: 43 % less time than libc" */
    char *lead;  /* how sure that is, and what else is to be known; may be "" */
    size_t best; /* the row that the title recommends; ZM_ROWS_MAX: none */
};

/* Makes the sentences, unescaped. `names` are the workloads'. The caller clears it. 0, or -ENOMEM.
 */
int zm_headline_make(const struct zm_across *across, const struct zm_rankings *rankings,
                     const char *const *names, struct zm_headline *out);
void zm_headline_clear(struct zm_headline *headline);

/* The workload's name without the word that bench adds for shorter work; `quick` gets whether it
 * had it. */
const char *zm_workload_name(const char *name, bool *quick, char *buf, size_t size);

#endif
