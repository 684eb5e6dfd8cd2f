/* Under what a run's samples were taken: recorded with them, so that a report needs nothing else.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TOOLS_RUNRECORD_H
#define ZM_TOOLS_RUNRECORD_H

#include <jansson.h>
#include <stdint.h>

#include "row.h"

#define ZM_RUN_ID 16 /* hexadecimal digits */

/* A new, unique name of a run. */
void zm_run_id(char out[ZM_RUN_ID + 1]);

/* Machine, kernel settings, versions, the allocators' own variables, seed. `library` is the preload
 * library's file; "" where there is none. NULL: out of memory. */
json_t *zm_run_record(const char *id, const char *tool, uint64_t seed, const struct zm_rows *rows,
                      const char *library);

#endif
