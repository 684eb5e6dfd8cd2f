/* Reading the monotonic clock.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "clock.h"

#include <time.h>

double zm_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}
