/* Reading clocks.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "clock.h"

#include <time.h>

static double read_clock(clockid_t which)
{
    struct timespec now;
    clock_gettime(which, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

double zm_now(void)
{
    return read_clock(CLOCK_MONOTONIC);
}

double zm_own_cpu(void)
{
    return read_clock(CLOCK_PROCESS_CPUTIME_ID);
}
