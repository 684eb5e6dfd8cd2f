/* Being told when processes end that are not our children, and how.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TOOLS_LIVE_ENDS_H
#define ZM_TOOLS_LIVE_ENDS_H

#include <stdbool.h>
#include <sys/types.h>

/* A descriptor that is readable while one of them has ended and was not yet forgotten; negative:
 * the system has none such. */
int zm_ends_open(void);

/* Adds a process, which `what` stands for. The process's own descriptor; negative: it has ended, or
 * there are too many. */
int zm_ends_add(int ends, pid_t pid, void *what);

/* One that has ended, NULL if none has. */
void *zm_ends_next(int ends);

/* Forgets a process by its descriptor. True if the system tells how it has ended, as waitpid does:
 * Linux 6.15 and later. */
bool zm_ends_take(int descriptor, int *status);

#endif
