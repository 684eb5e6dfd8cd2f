/* SPDX-License-Identifier: BSD-3-Clause */
#include "sysinfo/os.h"
#include <time.h>
#include <unistd.h>

int64_t zm_os_self(void)
{
    return getpid();
}

uint64_t zm_os_now(void)
{
    struct timespec now = {0, 0};
    clock_gettime(CLOCK_MONOTONIC, &now); /* cannot fail for this clock */
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}
