/* Finding the files that belong to this program: beside it in the build, or where they are
 * installed.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TOOLS_COMMON_OWN_FILE_H
#define ZM_TOOLS_COMMON_OWN_FILE_H

#include <limits.h>
#include <stdbool.h>

struct zm_own_file {
    const char *what, *hint; /* for messages: what is looked for, and what helps without it */
    const char *places[3];   /* directories; relative to this program's own, or absolute */
};

/* Finds the file `name` and puts it into `path`. Returns 0, or ZM_EXIT_TOOL after printing where it
 * was looked for. */
int zm_own_file(const char *subcommand, const struct zm_own_file *file, const char *name,
                char path[PATH_MAX]);

/* Whether the file can be read. `path` gets its absolute path, because commands may change
 * directory, and without "..", because people read it. */
bool zm_readable(const char *candidate, char path[PATH_MAX]);

#endif
