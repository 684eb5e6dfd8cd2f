/* Finding the program that a command line names, before anything is started.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TOOLS_COMMON_COMMAND_H
#define ZM_TOOLS_COMMON_COMMAND_H

#include <limits.h>

/* Looks `name` up as a shell does, and puts the file into `path`. Returns 0, ZM_EXIT_NOT_FOUND or
 * ZM_EXIT_NOT_EXECUTABLE, and prints nothing. */
int zm_command_look_up(const char *name, char path[PATH_MAX]);

/* The same, but prints the reason if it fails. */
int zm_command_find(const char *subcommand, const char *name, char path[PATH_MAX]);

/* Prints why exec refused `name` with the errno `error`. Returns the exit status. */
int zm_command_refused(const char *subcommand, const char *name, int error);

#endif
