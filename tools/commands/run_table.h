/* What the processes of a command have used: a table for people, a line of JSON for each.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TOOLS_COMMANDS_RUN_TABLE_H
#define ZM_TOOLS_COMMANDS_RUN_TABLE_H

#include <stddef.h>
#include <stdio.h>

#include "tools/live/tree.h"

/* Prints the table on stderr: of the reports in the folder, and of what was seen of those that left
 * none. 0, or -errno. */
int zm_run_table(const char *folder, const char *backend, struct zm_tree *tree);

/* The line of a process that was seen, as the preload library would have written it, with how it
 * ended and how old the figures are. 0, or -errno. */
int zm_run_line(const struct zm_looked_at *process, FILE *out);

#endif
