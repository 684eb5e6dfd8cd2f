/* FreeBSD. The sizes in the process structure are in pages, but for ki_size, which is in bytes. The
 * map of a process comes in one piece, as records of varying length. The room for it is a mapping,
 * as nothing here may allocate.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "sysinfo/freebsd.h"
#include "sysinfo/os.h"
#include "sysinfo/text.h"
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/param.h>
#include <sys/sysctl.h>
#include <sys/user.h>
#include <unistd.h>

#define PROCESS_BITS (ZMALLOC_SYSINFO_RSS | ZMALLOC_SYSINFO_VIRTUAL | ZMALLOC_SYSINFO_PEAK_RSS)

static void set(struct zmalloc_sysinfo_memory *out, uint32_t bit, uint64_t *field, uint64_t value)
{
    *field = value;
    out->has |= bit;
}

static int from_errno(void)
{
    return errno == EPERM ? -EACCES : -errno;
}

static int process(int pid, struct zmalloc_sysinfo_memory *out)
{
    int mib[] = {CTL_KERN, KERN_PROC, KERN_PROC_PID, pid};
    struct kinfo_proc info;
    size_t length = sizeof info;
    memset(&info, 0, sizeof info);
    if (sysctl(mib, 4, &info, &length, NULL, 0))
        return from_errno();
    if (!length)
        return -ESRCH;
    if (length != sizeof info || info.ki_structsize != (int)sizeof info)
        return -EPROTO; /* the kernel is of another version than the headers */
    if (info.ki_stat == SZOMB || !info.ki_size)
        return -ENODATA;
    if (info.ki_rssize < 0)
        return -EPROTO;
    set(out, ZMALLOC_SYSINFO_RSS, &out->rss,
        (uint64_t)info.ki_rssize * (uint64_t)sysconf(_SC_PAGESIZE));
    set(out, ZMALLOC_SYSINFO_VIRTUAL, &out->virtual_size, info.ki_size);
    set(out, ZMALLOC_SYSINFO_PEAK_RSS, &out->peak_rss, (uint64_t)info.ki_rusage.ru_maxrss * 1024);
    return 0;
}

int zm_freebsd_map(const char *buffer, size_t length, struct zm_freebsd_pages *sum)
{
    const size_t least = offsetof(struct kinfo_vmentry, kve_path);
    memset(sum, 0, sizeof *sum);
    while (length) {
        struct kinfo_vmentry entry;
        size_t size;
        if (length < sizeof entry.kve_structsize)
            return -EPROTO;
        memcpy(&entry.kve_structsize, buffer, sizeof entry.kve_structsize);
        if (!entry.kve_structsize)
            break;
        size = (size_t)entry.kve_structsize;
        if (entry.kve_structsize < 0 || size < least || size > length)
            return -EPROTO;
        memcpy(&entry, buffer, least);
        if (entry.kve_resident < 0 || entry.kve_private_resident < 0)
            return -EPROTO;
        sum->resident += (uint64_t)entry.kve_resident;
        sum->own += (uint64_t)entry.kve_private_resident;
        buffer += size;
        length -= size;
    }
    return 0;
}

static int walk(int pid, struct zm_freebsd_pages *sum)
{
    int mib[] = {CTL_KERN, KERN_PROC, KERN_PROC_VMMAP, pid};
    for (int attempt = 0; attempt < 4; attempt++) {
        size_t length = 0, room;
        void *buffer;
        int result;
        if (sysctl(mib, 4, NULL, &length, NULL, 0))
            return from_errno();
        if (!length)
            return -ENODATA;
        room = length + length / 2; /* the map may grow between the two calls */
        buffer = mmap(NULL, room, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON, -1, 0);
        if (buffer == MAP_FAILED)
            return -errno;
        length = room;
        result = sysctl(mib, 4, buffer, &length, NULL, 0) ? from_errno()
                                                          : zm_freebsd_map(buffer, length, sum);
        munmap(buffer, room);
        if (result != -ENOMEM)
            return result;
    }
    return -EAGAIN;
}

int zm_os_memory(int64_t pid, uint32_t wanted, struct zmalloc_sysinfo_memory *out)
{
    int error = 0;
    int number = pid ? (int)pid : (int)getpid();
    if (pid > INT32_MAX)
        return -ESRCH;
    if (wanted & PROCESS_BITS)
        error = process(number, out);
    if (wanted & ZMALLOC_SYSINFO_PRIVATE_RESIDENT) {
        struct zm_freebsd_pages sum;
        int result = walk(number, &sum);
        if (!result)
            set(out, ZMALLOC_SYSINFO_PRIVATE_RESIDENT, &out->private_resident,
                sum.own * (uint64_t)sysconf(_SC_PAGESIZE));
        else if (!error)
            error = result;
    }
    if (out->has & wanted)
        return 0;
    return error ? error : -ENOTSUP;
}

int zm_os_smaps(int64_t pid, const char *field, size_t length, uint64_t *bytes)
{
    struct zm_text name = {field, length};
    struct zm_freebsd_pages sum;
    bool rss = zm_text_equal(name, "Rss");
    int result;
    if (pid > INT32_MAX)
        return -ESRCH;
    if (!rss && !zm_text_equal(name, "Private"))
        return -ENODATA;
    result = walk(pid ? (int)pid : (int)getpid(), &sum);
    if (!result)
        *bytes = (rss ? sum.resident : sum.own) * (uint64_t)sysconf(_SC_PAGESIZE);
    return result;
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
