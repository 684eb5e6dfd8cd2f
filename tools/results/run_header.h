/* The record of a run: the circumstances that its samples were taken in. It stands before them in
 * the file, so that a report needs nothing else.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TOOLS_RESULTS_RUN_HEADER_H
#define ZM_TOOLS_RESULTS_RUN_HEADER_H

#include <jansson.h>
#include <stdint.h>
#include <stdio.h>

#include "tools/samples/row.h"

#define ZM_RUN_ID 16 /* hexadecimal digits */

/* Makes a new, unique name for a run. */
void zm_run_id(char out[ZM_RUN_ID + 1]);

/* The record of a run as it begins now. NULL: out of memory. */
json_t *zm_run_record(const char *id, const char *tool, uint64_t seed, const struct zm_rows *rows,
                      const char *library);

/* Opens the file for a run's samples ("-": stdout) and writes the run's record: machine, kernel
 * settings, versions, the allocators' own variables, seed. `library` is the preload library's file,
 * "" where there is none. Returns 0, or the exit status after printing the reason. */
int zm_run_open(const char *subcommand, const char *path, const char *id, uint64_t seed,
                const struct zm_rows *rows, const char *library, FILE **out);

#endif
