/* Changing what runs while the program does: heaps are made, a process is switched late. One thread
 * at a time does either.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_RUNTIME_CHANGE_H
#define ZM_RUNTIME_CHANGE_H

#include <stdbool.h>

#include "backends/backend.h"

/* Others wait meanwhile, and sleep, for a backend may be starting. False: a signal handler has
 * interrupted a change in the same thread. */
bool zm_change_begin(void);
void zm_change_end(void);

/* Between the two: starts the backend, unless it has been. 0, what its start returns, or -EBUSY:
 * the process was forked while the backend was being started. */
int zm_change_start(const struct zm_backend *backend);

void zm_change_after_fork(void); /* in the child */

#endif
