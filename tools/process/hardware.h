/* Hardware counters of a command, from perf_event_open.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TOOLS_PROCESS_HARDWARE_H
#define ZM_TOOLS_PROCESS_HARDWARE_H

#include <stdint.h>

#define ZM_COUNTERS 4 /* ZM_INSTRUCTIONS and those that follow it */

struct zm_counters {
    int fds[ZM_COUNTERS]; /* negative: not given */
};

/* Counts what children do that are started from now on, from their exec to their end. */
void zm_counters_open(struct zm_counters *out);

/* Puts what was counted into `values`, by enum zm_figure, and closes them. */
void zm_counters_take(struct zm_counters *counters, double *values);

/* Why there are none here; NULL if there are some. Static storage. */
const char *zm_counters_absent(void);

/* One counter, of the kernel's types and numbers. A file descriptor, or -errno. */
int zm_counter_open(uint32_t type, uint64_t config);

/* What it has counted, estimated where it had to share the hardware. Negative: nothing. */
double zm_counter_read(int fd);

#endif
