/* Where libzmalloc-preload is, and how a command is put under it.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TOOLS_PROCESS_PRELOAD_H
#define ZM_TOOLS_PROCESS_PRELOAD_H

#include <limits.h>

/* Finds the library that ZMALLOC_PRELOAD names, or else the one in the same build, or the installed
 * one. Returns 0, or ZM_EXIT_TOOL after printing where it was looked for. */
int zm_preload_find(const char *subcommand, char path[PATH_MAX]);

/* Puts the library before all others in LD_PRELOAD, for every command that is started from now on.
 * Returns 0, or the exit status after printing the reason. */
int zm_preload_apply(const char *subcommand, const char *path);

#endif
