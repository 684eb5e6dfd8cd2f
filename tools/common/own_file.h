/* Finding the files that belong to this program: beside it in the build, or where they are
 * installed.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TOOLS_COMMON_OWN_FILE_H
#define ZM_TOOLS_COMMON_OWN_FILE_H

#include <limits.h>
#include <stdbool.h>

struct zm_own_file {
    const char *what, *hint; /* for people: what it is, and what helps */
    const char *places[3];   /* directories; relative to this program's own, or absolute */
};

/* Returns 0 and the file `name` in `path`, else ZM_EXIT_TOOL, what was looked for printed. */
int zm_own_file(const char *subcommand, const struct zm_own_file *file, const char *name,
                char path[PATH_MAX]);

/* Whether it can be read; an absolute path without "..": commands may change directory, and people
 * read it. */
bool zm_readable(const char *candidate, char path[PATH_MAX]);

#endif
