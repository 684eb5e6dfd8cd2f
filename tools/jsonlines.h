/* Samples as JSON Lines, written as they come.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TOOLS_JSONLINES_H
#define ZM_TOOLS_JSONLINES_H

#include <stdint.h>
#include <stdio.h>

#include "sample.h"

/* Changes when a field changes its meaning or goes. */
#define ZM_JSONLINES_FORMAT 1

/* Opens a file for appending; what a killed run left of a line gets its end. NULL and errno. */
FILE *zm_jsonlines_open(const char *path);

/* Appends one line and flushes it. What is unknown is null. 0, or -errno. */
int zm_jsonlines_write(FILE *file, const char *workload, uint64_t seed,
                       const struct zm_sample *sample);

#endif
