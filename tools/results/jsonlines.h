/* Runs and their samples as JSON Lines, written as they come.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TOOLS_RESULTS_JSONLINES_H
#define ZM_TOOLS_RESULTS_JSONLINES_H

#include <jansson.h>
#include <stdint.h>
#include <stdio.h>

#include "tools/samples/sample.h"

/* Changes when a field changes its meaning or goes. 2: a record for each run; 1 had samples alone.
 */
#define ZM_JSONLINES_FORMAT 2

#define ZM_SEED_MAX         ((UINT64_C(1) << 53) - 1) /* every reader of JSON keeps it */

/* Opens a file for appending; what a killed run left of a line gets its end. NULL and errno. */
FILE *zm_jsonlines_open(const char *path);

/* Append one line and flush it. 0, or -errno. What is unknown is null. The first takes `record`
 * over; NULL is -ENOMEM. */
int zm_jsonlines_write(FILE *file, json_t *record);
int zm_jsonlines_write_sample(FILE *file, const char *run, const char *workload, uint64_t seed,
                              const struct zm_sample *sample);

/* Text that need not be UTF-8, as JSON must be. */
json_t *zm_json_text(const char *bytes);

#endif
