/* Looking at the resident memory of a running command from outside.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TOOLS_PROCESS_RESIDENT_H
#define ZM_TOOLS_PROCESS_RESIDENT_H

#include <sys/types.h>

#include "tools/samples/timeline.h"

/* Adds a point to the timeline if one is due: the resident memory of `pid` or of one of its
 * descendants, whichever has most. `now_s` is the time since the command's start; so is the
 * result, the time at which to look again. */
double zm_resident_look(struct zm_timeline *timeline, pid_t pid, double now_s);

#endif
