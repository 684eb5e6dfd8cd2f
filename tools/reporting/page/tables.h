/* Tables that are themselves figures: a cell says in words what the style draws beside them.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TOOLS_REPORTING_PAGE_TABLES_H
#define ZM_TOOLS_REPORTING_PAGE_TABLES_H

#include <stdio.h>

#include "part.h"

/* The name of a figure of the headline, as the page has it: "Wall time". */
const char *zm_tables_title(size_t place);

/* A row's label with the mark of its colour. */
void zm_tables_label(FILE *out, const struct zm_page *page, const struct zm_row *row);

/* Means with their intervals, the fastest first. */
void zm_tables_ranking(FILE *out, const struct zm_page *page, const struct zm_page_part *part);

/* Every workload and row in one figure of the headline, the darker the farther from the baseline.
 */
void zm_tables_heat(FILE *out, const struct zm_page *page, const struct zm_page_part *part,
                    size_t place);

/* The means of every machine, side by side. */
void zm_tables_machines(FILE *out, const struct zm_page *page, size_t place);

/* One workload: the figures of the headline, with their intervals. */
void zm_tables_forest(FILE *out, const struct zm_page *page, const struct zm_page_section *section);

/* One workload: the medians of all figures, with their changes. */
void zm_tables_full(FILE *out, const struct zm_page *page, const struct zm_page_section *section);

#endif
