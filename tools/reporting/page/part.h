/* What the page says of one machine, found out before anything is written.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TOOLS_REPORTING_PAGE_PART_H
#define ZM_TOOLS_REPORTING_PAGE_PART_H

#include "tools/reporting/headline.h"
#include "tools/results/dataset.h"
#include "tools/statistics/comparison.h"
#include "tools/statistics/pareto.h"

#define ZM_HUES 8

/* A workload on that machine. */
struct zm_page_section {
    const struct zm_group *group;
    struct zm_evidence evidence;
    struct zm_result *result;
    struct zm_pareto pareto;
    size_t number;  /* on the whole page, for links */
    char name[160]; /* without the word for shorter work */
    bool quick;
    bool in_mean; /* it is one of the workloads that the means are of */
};

struct zm_page_part {
    const struct zm_machine *machine;
    size_t number; /* on the page */
    struct zm_page_section *sections;
    size_t count;
    struct zm_across *across; /* its workloads are the sections in the mean, in turn */
    const char **names;       /* of those */
    struct zm_rankings rankings;
    struct zm_headline headline;
};

/* The colours of rows: those of one backend have the same, unless all rows are of one. */
struct zm_hues {
    const char *names[ZM_ROWS_MAX];
    size_t count;
    bool by_label;
};

struct zm_page {
    const struct zm_dataset *dataset;
    struct zm_page_part *parts;
    size_t part_count;
    struct zm_hues hues;
};

/* 0, or -ENOMEM. */
int zm_page_prepare(const struct zm_dataset *dataset, struct zm_page *out);
void zm_page_clear(struct zm_page *page);

size_t zm_page_hue(const struct zm_page *page, const struct zm_row *row);

/* A section's row of that label, which is not the control; NULL if it has none. */
const struct zm_row *zm_page_row(const struct zm_page_section *section, const char *label);

/* Any row of that label in the part; never NULL for a label of its `across`. */
const struct zm_row *zm_page_row_anywhere(const struct zm_page_part *part, const char *label);

/* The rows of a section but the baseline, the fastest first; those with too few blocks for an
 * interval come after, then those that failed, and last the control. Returns how many. */
size_t zm_page_order(const struct zm_page_section *section, size_t order[ZM_ROWS_MAX]);

#endif
