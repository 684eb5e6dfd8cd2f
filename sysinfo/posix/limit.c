/* Limits where there are no cgroups: RAM and, of the calling process, RLIMIT_AS.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "sysinfo/bounds.h"
#include "sysinfo/os.h"
#include <errno.h>
#include <sys/resource.h>

#ifdef RLIMIT_AS
static void address_space(struct zmalloc_sysinfo_limit *out)
{
    struct zmalloc_sysinfo_memory memory = {.struct_size = sizeof memory};
    struct rlimit limit;
    if (getrlimit(RLIMIT_AS, &limit))
        return;
    if (limit.rlim_cur == RLIM_INFINITY)
        zm_bound_address_space(out, ZMALLOC_SYSINFO_UNLIMITED, 0);
    else if (zm_os_memory(0, ZMALLOC_SYSINFO_VIRTUAL, &memory))
        zm_bound_address_space(out, limit.rlim_cur, 0);
    else
        zm_bound_address_space(out, limit.rlim_cur, memory.virtual_size);
}
#endif

int zm_os_limit(int64_t pid, struct zmalloc_sysinfo_limit *out)
{
    uint64_t total;
    int result = zm_os_ram(&total);
    if (!result)
        zm_bound_ram(out, total);
#ifdef RLIMIT_AS
    if (!pid || pid == zm_os_self())
        address_space(out);
#else
    (void)pid;
#endif
    zm_bounds_settle(out);
    return out->has & ZMALLOC_SYSINFO_LIMIT_EFFECTIVE ? 0 : result;
}

int zm_os_level(int64_t pid, uint32_t level, struct zmalloc_sysinfo_level *out)
{
    (void)pid, (void)level, (void)out;
    return -ENOTSUP;
}

int zm_os_pressure(uint32_t scope, struct zmalloc_sysinfo_pressure *out)
{
    (void)scope, (void)out;
    return -ENOTSUP;
}
