/* The file of zmalloc run --stats=FILE, to which each process adds its line.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TOOLS_COMMANDS_RUN_FILE_H
#define ZM_TOOLS_COMMANDS_RUN_FILE_H

#include <limits.h>
#include <sys/types.h>

#include "tools/live/tree.h"

struct zm_run_file {
    char name[PATH_MAX]; /* absolute; %p in it is a process's number, %% a % */
    off_t size;          /* of what was there before */
};

/* Returns 0, or the exit status after printing why it can't be written. */
int zm_run_file_choose(const char *subcommand, const char *name, struct zm_run_file *out);

/* Adds the lines of those that have left none, as they were last seen. 0, or -errno. */
int zm_run_file_complete(const struct zm_run_file *file, struct zm_tree *tree);

#endif
