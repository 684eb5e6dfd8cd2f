/* Finding the program that a command line names, before anything is started.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TOOLS_COMMON_COMMAND_H
#define ZM_TOOLS_COMMON_COMMAND_H

#include <limits.h>

/* Looks `name` up as a shell does. 0 and the file in `path`, else ZM_EXIT_NOT_FOUND or
 * ZM_EXIT_NOT_EXECUTABLE; nothing is printed. */
int zm_command_look_up(const char *name, char path[PATH_MAX]);

/* The same with the reason printed. */
int zm_command_find(const char *subcommand, const char *name, char path[PATH_MAX]);

/* Words why exec refused `name` with `error`; returns the exit status. */
int zm_command_refused(const char *subcommand, const char *name, int error);

#endif
