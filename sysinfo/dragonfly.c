/* DragonFly. kp_vm_prssize is the proportional size (PSS); it is 0 in kernels that do not fill it
 * in.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "sysinfo/os.h"
#include <errno.h>
#include <string.h>
#include <sys/kinfo.h>
#include <sys/param.h>
#include <sys/sysctl.h>
#include <unistd.h>

static void set(struct zmalloc_sysinfo_memory *out, uint32_t bit, uint64_t *field, uint64_t value)
{
    *field = value;
    out->has |= bit;
}

int zm_os_memory(int64_t pid, uint32_t wanted, struct zmalloc_sysinfo_memory *out)
{
    int mib[] = {CTL_KERN, KERN_PROC, KERN_PROC_PID, pid ? (int)pid : (int)getpid()};
    uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
    struct kinfo_proc info;
    size_t length = sizeof info;
    if (pid > INT32_MAX)
        return -ESRCH;
    memset(&info, 0, sizeof info);
    if (sysctl(mib, 4, &info, &length, NULL, 0))
        return errno == EPERM ? -EACCES : -errno;
    if (!length)
        return -ESRCH;
    if (length != sizeof info)
        return -EPROTO;
    if (info.kp_stat == SZOMB || !info.kp_vm_map_size)
        return -ENODATA;
    if (info.kp_vm_rssize < 0)
        return -EPROTO;
    set(out, ZMALLOC_SYSINFO_RSS, &out->rss, (uint64_t)info.kp_vm_rssize * page);
    set(out, ZMALLOC_SYSINFO_VIRTUAL, &out->virtual_size, info.kp_vm_map_size);
    set(out, ZMALLOC_SYSINFO_PEAK_RSS, &out->peak_rss, (uint64_t)info.kp_ru.ru_maxrss * 1024);
    if (info.kp_vm_prssize)
        set(out, ZMALLOC_SYSINFO_PSS, &out->pss, (uint64_t)info.kp_vm_prssize * page);
    return out->has & wanted ? 0 : -ENOTSUP;
}

int zm_os_smaps(int64_t pid, const char *field, size_t length, uint64_t *bytes)
{
    (void)pid, (void)field, (void)length, (void)bytes;
    return -ENOTSUP;
}

int zm_os_ram(uint64_t *bytes)
{
    int mib[] = {CTL_HW, HW_PHYSMEM};
    unsigned long size = 0;
    size_t length = sizeof size;
    if (sysctl(mib, 2, &size, &length, NULL, 0))
        return -errno;
    if (length != sizeof size)
        return -EPROTO;
    *bytes = size;
    return 0;
}
