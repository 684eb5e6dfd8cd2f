/* macOS. task_info tells of this process, libproc of others: task_for_pid, which task_info would
 * need for them, takes privileges, may wait for an answer to a dialogue, and hands out a right that
 * has to be given back. The counters of regions are in pages.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "sysinfo/os.h"
#include "sysinfo/text.h"
#include <errno.h>
#include <libproc.h>
#include <mach/mach.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/sysctl.h>
#include <unistd.h>

#define REGION_BITS (ZMALLOC_SYSINFO_PRIVATE_DIRTY | ZMALLOC_SYSINFO_PRIVATE_RESIDENT)

static void set(struct zmalloc_sysinfo_memory *out, uint32_t bit, uint64_t *field, uint64_t value)
{
    *field = value;
    out->has |= bit;
}

static int from_errno(void)
{
    return errno == EPERM ? -EACCES : errno ? -errno : -ESRCH;
}

static int basic(struct zmalloc_sysinfo_memory *out)
{
    struct mach_task_basic_info info;
    mach_msg_type_number_t count = MACH_TASK_BASIC_INFO_COUNT;
    memset(&info, 0, sizeof info);
    if (task_info(mach_task_self(), MACH_TASK_BASIC_INFO, (task_info_t)&info, &count) !=
            KERN_SUCCESS ||
        count < MACH_TASK_BASIC_INFO_COUNT)
        return -EPROTO;
    set(out, ZMALLOC_SYSINFO_RSS, &out->rss, info.resident_size);
    set(out, ZMALLOC_SYSINFO_VIRTUAL, &out->virtual_size, info.virtual_size);
    set(out, ZMALLOC_SYSINFO_PEAK_RSS, &out->peak_rss, info.resident_size_max);
    return 0;
}

/* Older kernels answer with fewer words than asked for: only what they have written counts. */
static int vm_info(struct zmalloc_sysinfo_memory *out)
{
    task_vm_info_data_t info;
    mach_msg_type_number_t count = TASK_VM_INFO_COUNT;
    memset(&info, 0, sizeof info);
    if (task_info(mach_task_self(), TASK_VM_INFO, (task_info_t)&info, &count) != KERN_SUCCESS ||
        count < TASK_VM_INFO_REV0_COUNT)
        return -EPROTO;
    set(out, ZMALLOC_SYSINFO_ANONYMOUS, &out->anonymous, info.internal);
    set(out, ZMALLOC_SYSINFO_COMPRESSED, &out->compressed, info.compressed);
    if (count >= TASK_VM_INFO_REV1_COUNT)
        set(out, ZMALLOC_SYSINFO_FOOTPRINT, &out->footprint, info.phys_footprint);
    return 0;
}

static int other_task(int pid, struct zmalloc_sysinfo_memory *out)
{
    struct proc_taskinfo info;
    int size;
    errno = 0;
    size = proc_pidinfo(pid, PROC_PIDTASKINFO, 0, &info, (int)sizeof info);
    if (size <= 0)
        return from_errno();
    if ((size_t)size < sizeof info)
        return -EPROTO;
    set(out, ZMALLOC_SYSINFO_RSS, &out->rss, info.pti_resident_size);
    set(out, ZMALLOC_SYSINFO_VIRTUAL, &out->virtual_size, info.pti_virtual_size);
    return 0;
}

static int other_footprint(int pid, struct zmalloc_sysinfo_memory *out)
{
    struct rusage_info_v0 usage;
    errno = 0;
    if (proc_pid_rusage(pid, RUSAGE_INFO_V0, (rusage_info_t *)(void *)&usage))
        return from_errno();
    set(out, ZMALLOC_SYSINFO_FOOTPRINT, &out->footprint, usage.ri_phys_footprint);
    return 0;
}

struct regions {
    uint64_t resident, dirty, own, shared, swapped; /* pages */
};

static int walk(int pid, struct regions *sum)
{
    uint64_t address = 0;
    memset(sum, 0, sizeof *sum);
    for (;;) {
        struct proc_regioninfo region;
        uint32_t dirty;
        int size;
        errno = 0;
        size = proc_pidinfo(pid, PROC_PIDREGIONINFO, address, &region, (int)sizeof region);
        if (size <= 0) /* EINVAL: no region at or above the address */
            return address && (errno == EINVAL || !errno) ? 0 : from_errno();
        if ((size_t)size < sizeof region || region.pri_address + region.pri_size <= address)
            return -EPROTO;
        /* A region that is copied on write counts dirty pages that other processes share. */
        dirty = region.pri_pages_dirtied < region.pri_private_pages_resident
                    ? region.pri_pages_dirtied
                    : region.pri_private_pages_resident;
        sum->resident += region.pri_pages_resident;
        sum->dirty += dirty;
        sum->own += region.pri_private_pages_resident;
        sum->shared += region.pri_shared_pages_resident;
        sum->swapped += region.pri_pages_swapped_out;
        address = region.pri_address + region.pri_size;
    }
}

static int regions(int pid, struct zmalloc_sysinfo_memory *out)
{
    uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
    struct regions sum;
    int result = walk(pid ? pid : (int)getpid(), &sum);
    if (result)
        return result;
    set(out, ZMALLOC_SYSINFO_PRIVATE_DIRTY, &out->private_dirty, sum.dirty * page);
    set(out, ZMALLOC_SYSINFO_PRIVATE_RESIDENT, &out->private_resident, sum.own * page);
    return 0;
}

static void first(int *error, int result)
{
    if (result && !*error)
        *error = result;
}

int zm_os_memory(int64_t pid, uint32_t wanted, struct zmalloc_sysinfo_memory *out)
{
    int error = 0;
    if (pid > INT32_MAX)
        return -ESRCH;
    if (pid == getpid())
        pid = 0;
    if (wanted & (ZMALLOC_SYSINFO_RSS | ZMALLOC_SYSINFO_VIRTUAL) ||
        (!pid && wanted & ZMALLOC_SYSINFO_PEAK_RSS))
        first(&error, pid ? other_task((int)pid, out) : basic(out));
    if (!pid && wanted & (ZMALLOC_SYSINFO_ANONYMOUS | ZMALLOC_SYSINFO_COMPRESSED |
                          ZMALLOC_SYSINFO_FOOTPRINT))
        first(&error, vm_info(out));
    if (pid && wanted & ZMALLOC_SYSINFO_FOOTPRINT)
        first(&error, other_footprint((int)pid, out));
    if (wanted & REGION_BITS)
        first(&error, regions((int)pid, out));
    if (out->has & wanted)
        return 0;
    return error ? error : -ENOTSUP;
}

int zm_os_smaps(int64_t pid, const char *field, size_t length, uint64_t *bytes)
{
    struct zm_text name = {field, length};
    struct regions sum;
    const struct {
        const char *name;
        const uint64_t *pages;
    } fields[] = {{"Rss", &sum.resident},
                  {"Private_Dirty", &sum.dirty},
                  {"Shared", &sum.shared},
                  {"Swap", &sum.swapped}};
    if (pid > INT32_MAX)
        return -ESRCH;
    for (unsigned i = 0; i < sizeof fields / sizeof *fields; i++) {
        int result;
        if (!zm_text_equal(name, fields[i].name))
            continue;
        result = walk(pid ? (int)pid : (int)getpid(), &sum);
        if (!result)
            *bytes = *fields[i].pages * (uint64_t)sysconf(_SC_PAGESIZE);
        return result;
    }
    return -ENODATA;
}

int zm_os_ram(uint64_t *bytes)
{
    int mib[] = {CTL_HW, HW_MEMSIZE};
    uint64_t size = 0;
    size_t length = sizeof size;
    if (sysctl(mib, 2, &size, &length, NULL, 0))
        return -errno;
    if (length != sizeof size)
        return -EPROTO;
    *bytes = size;
    return 0;
}
