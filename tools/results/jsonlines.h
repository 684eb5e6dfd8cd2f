/* Runs and their samples as JSON Lines, written as they come.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TOOLS_RESULTS_JSONLINES_H
#define ZM_TOOLS_RESULTS_JSONLINES_H

#include <jansson.h>
#include <stdint.h>
#include <stdio.h>

#include "tools/samples/sample.h"

/* Is raised when a field changes its meaning or goes away. Format 1 had samples alone; 2 has a
 * record for each run as well. */
#define ZM_JSONLINES_FORMAT 2

#define ZM_SEED_MAX         ((UINT64_C(1) << 53) - 1) /* beyond it, many readers of JSON round */

/* Opens a file for appending. If a killed run has left part of a line, that line is ended. NULL,
 * with errno set, if it fails. */
FILE *zm_jsonlines_open(const char *path);

/* These append one line and flush it. 0, or -errno. The first takes `record` over; if that is NULL,
 * it returns -ENOMEM. */
int zm_jsonlines_write(FILE *file, json_t *record);
int zm_jsonlines_write_sample(FILE *file, const char *run, const char *workload, uint64_t seed,
                              const struct zm_sample *sample);

/* A JSON string of any text. JSON must be UTF-8: of a text that is not, each byte above 127 becomes
 * "?". */
json_t *zm_json_text(const char *bytes);

#endif
