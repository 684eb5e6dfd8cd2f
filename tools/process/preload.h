/* Where libzmalloc-preload is, and how a command is put under it.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TOOLS_PROCESS_PRELOAD_H
#define ZM_TOOLS_PROCESS_PRELOAD_H

#include <limits.h>

/* Finds the library: $ZMALLOC_PRELOAD, else beside the build, else where it is installed.
 * Returns 0, else ZM_EXIT_TOOL, what was looked for printed. */
int zm_preload_find(const char *subcommand, char path[PATH_MAX]);

/* Puts the library in front of LD_PRELOAD, for every command started from now on. */
int zm_preload_apply(const char *subcommand, const char *path);

#endif
