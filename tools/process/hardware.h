/* Hardware counters of a command, from perf_event_open.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TOOLS_PROCESS_HARDWARE_H
#define ZM_TOOLS_PROCESS_HARDWARE_H

#include <stdint.h>

#include "tools/samples/figure.h"

/* ZM_INSTRUCTIONS and what follows it, up to what the program reports of itself. */
#define ZM_COUNTERS (ZM_OPERATIONS - ZM_INSTRUCTIONS)

struct zm_hardware {
    int fds[ZM_COUNTERS]; /* negative: not available */
};

/* Opens counters of what children do that are started from now on, from their exec to their end. */
void zm_hardware_open(struct zm_hardware *out);

/* Puts the counts into `values`, which are indexed by enum zm_figure, and closes the counters. */
void zm_hardware_take(struct zm_hardware *counters, double *values);

/* Why there are no counters on this machine (static storage), or NULL if there are. */
const char *zm_counters_absent(void);

/* Opens a single counter, by the kernel's type and number. A file descriptor, or -errno. */
int zm_counter_open(uint32_t type, uint64_t config);

/* The count, which is an estimate if the counter had to share the hardware. Negative if there is
 * none. */
double zm_counter_read(int fd);

#endif
