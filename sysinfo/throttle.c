/* A walk over the page tables stalls the process that is looked at. So there must be a rest between
 * two walks: when one has taken the time d, the next starts no sooner than
 * d * (1000 - permille) / permille later.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "sysinfo/os.h"
#include <assert.h>
#include <errno.h>

static uint64_t rest_after(uint64_t duration, uint32_t permille)
{
    uint64_t factor = 1000 - permille;
    assert(permille > 0 && permille <= 1000);
    return factor && duration > UINT64_MAX / 2 / factor ? UINT64_MAX / 2
                                                        : duration * factor / permille;
}

int zmalloc_sysinfo_private_dirty_throttled(struct zmalloc_sysinfo_throttle *throttle, int64_t pid,
                                            uint64_t *bytes, uint64_t *age_ns)
{
    int saved = errno;
    int64_t self = zm_os_self();
    uint64_t now = zm_os_now();
    if (!throttle || !bytes || pid < 0 || !throttle->permille || throttle->permille > 1000)
        return -EINVAL;
    if (now >= throttle->next_ns || pid != throttle->pid || self != throttle->owner) {
        struct zmalloc_sysinfo_memory memory = {.struct_size = sizeof memory};
        uint64_t start = now;
        throttle->error = zmalloc_sysinfo_memory(pid, ZMALLOC_SYSINFO_PRIVATE_DIRTY, &memory);
        now = zm_os_now();
        throttle->bytes = memory.private_dirty;
        throttle->pid = pid;
        throttle->owner = self; /* after fork the parent's figure is not the child's */
        throttle->taken_ns = now;
        throttle->next_ns = now + rest_after(now - start, throttle->permille);
    }
    errno = saved;
    if (throttle->error)
        return throttle->error;
    *bytes = throttle->bytes;
    if (age_ns)
        *age_ns = now - throttle->taken_ns;
    return 0;
}
