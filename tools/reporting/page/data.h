/* What the page's script draws from.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TOOLS_REPORTING_PAGE_DATA_H
#define ZM_TOOLS_REPORTING_PAGE_DATA_H

#include <stdio.h>

#include "part.h"

/* Writes it as JSON that can stand within a script element. 0, or -ENOMEM. */
int zm_page_data(FILE *out, const struct zm_page *page);

#endif
