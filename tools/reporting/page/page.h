/* A page of HTML with everything that was measured, which needs no other file.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TOOLS_REPORTING_PAGE_PAGE_H
#define ZM_TOOLS_REPORTING_PAGE_PAGE_H

#include <stdio.h>

#include "tools/results/dataset.h"

/* 0, or -errno. */
int zm_page_write(const struct zm_dataset *dataset, FILE *out);

#endif
