/* Limits where there are no cgroups: RAM and, of the calling process, RLIMIT_AS.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
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
    out->has |= ZMALLOC_SYSINFO_LIMIT_ADDRESS_SPACE;
    out->address_space =
        limit.rlim_cur == RLIM_INFINITY ? ZMALLOC_SYSINFO_UNLIMITED : limit.rlim_cur;
    if (out->address_space == ZMALLOC_SYSINFO_UNLIMITED)
        return;
    if (!(out->has & ZMALLOC_SYSINFO_LIMIT_EFFECTIVE) || out->address_space < out->effective) {
        out->has |= ZMALLOC_SYSINFO_LIMIT_EFFECTIVE;
        out->effective = out->address_space;
        out->effective_by = ZMALLOC_SYSINFO_BY_ADDRESS_SPACE;
    }
    if (!zm_os_memory(0, ZMALLOC_SYSINFO_VIRTUAL, &memory)) {
        out->has |= ZMALLOC_SYSINFO_LIMIT_HEADROOM;
        out->headroom =
            out->address_space > memory.virtual_size ? out->address_space - memory.virtual_size : 0;
        out->headroom_by = ZMALLOC_SYSINFO_BY_ADDRESS_SPACE;
    }
}
#endif

int zm_os_limit(int64_t pid, struct zmalloc_sysinfo_limit *out)
{
    int result = zm_os_ram(&out->ram);
    if (!result) {
        out->has |= ZMALLOC_SYSINFO_LIMIT_RAM | ZMALLOC_SYSINFO_LIMIT_EFFECTIVE;
        out->effective = out->ram;
        out->effective_by = ZMALLOC_SYSINFO_BY_RAM;
    }
#ifdef RLIMIT_AS
    if (!pid || pid == zm_os_self())
        address_space(out);
#else
    (void)pid;
#endif
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
