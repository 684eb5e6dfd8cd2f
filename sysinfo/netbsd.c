/* NetBSD. The structure of KERN_PROC2 is the same in all versions, which that of KERN_PROC is not;
 * its name has six parts. When there is no such process the answer has length 0: it is no error.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "sysinfo/os.h"
#include <errno.h>
#include <string.h>
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
    struct kinfo_proc2 info;
    size_t length = sizeof info;
    int mib[] = {CTL_KERN,         KERN_PROC2, KERN_PROC_PID, pid ? (int)pid : (int)getpid(),
                 (int)sizeof info, 1};
    uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
    if (pid > INT32_MAX)
        return -ESRCH;
    memset(&info, 0, sizeof info);
    if (sysctl(mib, 6, &info, &length, NULL, 0))
        return errno == EPERM ? -EACCES : -errno;
    if (!length)
        return -ESRCH;
    if (length != sizeof info || info.p_vm_rssize < 0 || info.p_vm_vsize < 0)
        return -EPROTO;
    if (!info.p_vm_vsize) /* a zombie */
        return -ENODATA;
    set(out, ZMALLOC_SYSINFO_RSS, &out->rss, (uint64_t)info.p_vm_rssize * page);
    set(out, ZMALLOC_SYSINFO_VIRTUAL, &out->virtual_size, (uint64_t)info.p_vm_vsize * page);
    if (info.p_uvalid)
        set(out, ZMALLOC_SYSINFO_PEAK_RSS, &out->peak_rss, info.p_uru_maxrss * 1024);
    return out->has & wanted ? 0 : -ENOTSUP;
}

int zm_os_smaps(int64_t pid, const char *field, size_t length, uint64_t *bytes)
{
    (void)pid, (void)field, (void)length, (void)bytes;
    return -ENOTSUP;
}

int zm_os_ram(uint64_t *bytes)
{
    int mib[] = {CTL_HW, HW_PHYSMEM64};
    uint64_t size = 0;
    size_t length = sizeof size;
    if (sysctl(mib, 2, &size, &length, NULL, 0))
        return -errno;
    if (length != sizeof size)
        return -EPROTO;
    *bytes = size;
    return 0;
}
