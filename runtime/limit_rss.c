/* Asking the system takes a microsecond or more: one reading serves for a millisecond.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "limit_rss.h"

#include <time.h>
#include <zmalloc/sysinfo.h>

static struct zmalloc_sysinfo_rss handle;
static uint64_t last_reading, at_ns, allocated_then, used_then;

static uint64_t nanoseconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000U + (uint64_t)now.tv_nsec;
}

/* The last reading, plus all that was allocated since: so the program's own allocations can't make
 * it too low. Where there is no reading any more, in a chroot say, that would only ever grow: then
 * what is used more. */
uint64_t zm_limit_rss(const struct zm_sums *sums)
{
    uint64_t now = nanoseconds(), used = sums->allocated - sums->freed;
    if (now - at_ns >= 1000000) {
        if (zmalloc_sysinfo_rss_read(&handle, &last_reading) != 0)
            return last_reading + (used > used_then ? used - used_then : 0);
        at_ns = now;
        allocated_then = sums->allocated;
        used_then = used;
    }
    return last_reading + (sums->allocated - allocated_then);
}

void zm_limit_rss_read_anew(void)
{
    at_ns = 0;
}
