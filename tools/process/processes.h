/* The processes of this machine, as far as the system shows them.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TOOLS_PROCESS_PROCESSES_H
#define ZM_TOOLS_PROCESS_PROCESSES_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* Their numbers, for free. 0, or -errno: there is no /proc, or no memory. */
int zm_processes(pid_t **out, size_t *count);

/* The name of a process's program, as the system has it: anybody's text. False: there is no such
 * process. */
bool zm_process_name(pid_t pid, char *out, size_t size);

#endif
