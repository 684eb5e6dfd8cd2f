/* The clock that durations are measured with.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TOOLS_COMMON_CLOCK_H
#define ZM_TOOLS_COMMON_CLOCK_H

/* Seconds on the monotonic clock, whose origin means nothing. */
double zm_now(void);

/* Seconds of CPU time that this process has taken. */
double zm_own_cpu(void);

#endif
