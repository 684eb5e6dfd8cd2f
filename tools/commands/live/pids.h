/* Process IDs on a command line.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TOOLS_COMMANDS_LIVE_PIDS_H
#define ZM_TOOLS_COMMANDS_LIVE_PIDS_H

#include <sys/types.h>

/* The only one. 0, or the exit status, the reason printed. */
int zm_pid_parse(const char *subcommand, int count, char **words, pid_t *out);

/* All of them, for free. NULL: *status is the exit status, the reason printed. */
pid_t *zm_pids_parse(const char *subcommand, int count, char **words, int *status);

#endif
