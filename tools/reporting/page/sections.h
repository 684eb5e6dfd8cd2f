/* What the page says of a machine, and of each workload there.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TOOLS_REPORTING_PAGE_SECTIONS_H
#define ZM_TOOLS_REPORTING_PAGE_SECTIONS_H

#include <stdio.h>

#include "part.h"

/* The line to use it with, and warnings. 0, or -ENOMEM. */
int zm_sections_advice(FILE *out, const struct zm_page *page, const struct zm_page_part *part);

/* Means, heat tables, and each workload. 0, or -ENOMEM. */
int zm_sections_part(FILE *out, const struct zm_page *page, const struct zm_page_part *part);

#endif
