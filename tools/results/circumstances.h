/* What runs were made under: versions, settings, the state of the machine.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TOOLS_RESULTS_CIRCUMSTANCES_H
#define ZM_TOOLS_RESULTS_CIRCUMSTANCES_H

#include <stdbool.h>
#include <stdio.h>

#include "dataset.h"

/* Whether what both groups have recorded may be taken together: the same versions and settings, and
 * a machine in the same state. What only one of them knows does not count. */
bool zm_circumstances_same(const struct zm_dataset *dataset, const struct zm_group *a,
                           const struct zm_group *b);

/* Writes what differs, "zmalloc 0.1.0 -> 0.2.0, jemalloc 5.2.1 -> 5.3.0", unescaped. */
void zm_circumstances_put(const struct zm_dataset *dataset, const struct zm_group *before,
                          const struct zm_group *after, FILE *out);

/* The same as a text, for free. NULL: out of memory. */
char *zm_circumstances_text(const struct zm_dataset *dataset, const struct zm_group *before,
                            const struct zm_group *after);

/* The same of two records of runs alone, either of which may be NULL. Returns how many things
 * differ. */
size_t zm_circumstances_put_records(const json_t *before, const json_t *after, FILE *out);

/* Whether both are of machines with the same processor and as many cores. */
bool zm_circumstances_same_machine(const json_t *before, const json_t *after);

#endif
