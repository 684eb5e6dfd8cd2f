/* Solaris and illumos. <procfs.h> declares the structures of the files in /proc; <sys/procfs.h>
 * alone would select the older interface by ioctl. pr_rssize is in KB. In the extended map the
 * counts are of pages of pr_pagesize, which differs from one mapping to the next.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "sysinfo/os.h"
#include "sysinfo/text.h"
#include <errno.h>
#include <fcntl.h>
#include <procfs.h>
#include <string.h>
#include <unistd.h>

static int open_proc(int64_t pid, const char *file)
{
    char path[48] = "/proc/self/", digits[20];
    size_t count = 0, at = sizeof "/proc/" - 1;
    int fd;
    if (pid) {
        for (int64_t rest = pid; rest; rest /= 10)
            digits[count++] = (char)('0' + rest % 10);
        while (count)
            path[at++] = digits[--count];
        path[at++] = '/';
    } else {
        at = sizeof "/proc/self/" - 1;
    }
    memcpy(path + at, file, strlen(file) + 1);
    do {
        fd = open(path, O_RDONLY | O_CLOEXEC);
    } while (fd < 0 && errno == EINTR);
    if (fd < 0)
        return errno == ENOENT ? -ESRCH : errno == EPERM ? -EACCES : -errno;
    return fd;
}

/* Up to `room` bytes from the offset, less only at the end. */
static ssize_t read_from(int fd, void *buffer, size_t room, off_t offset)
{
    size_t have = 0;
    while (have < room) {
        ssize_t count = pread(fd, (char *)buffer + have, room - have, offset + (off_t)have);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return errno == ENOENT ? -ESRCH : -errno;
        if (!count)
            break;
        have += (size_t)count;
    }
    return (ssize_t)have;
}

int zm_os_memory(int64_t pid, uint32_t wanted, struct zmalloc_sysinfo_memory *out)
{
    psinfo_t info;
    ssize_t length;
    int fd;
    if (!(wanted & (ZMALLOC_SYSINFO_RSS | ZMALLOC_SYSINFO_VIRTUAL)))
        return -ENOTSUP;
    fd = open_proc(pid, "psinfo");
    if (fd < 0)
        return fd;
    length = read_from(fd, &info, sizeof info, 0);
    close(fd);
    if (length < 0)
        return (int)length;
    if ((size_t)length < sizeof info)
        return -EPROTO;
    if (!info.pr_nlwp || !info.pr_size) /* a zombie, or a process of the kernel */
        return -ENODATA;
    out->rss = (uint64_t)info.pr_rssize * 1024;
    out->virtual_size = (uint64_t)info.pr_size * 1024;
    out->has = ZMALLOC_SYSINFO_RSS | ZMALLOC_SYSINFO_VIRTUAL;
    return 0;
}

static bool add_pages(uint64_t *sum, uint64_t pages, int page_size)
{
    uint64_t bytes;
    return page_size >= 0 && zm_multiply(pages, (uint64_t)page_size, &bytes) && zm_add(sum, bytes);
}

int zm_os_smaps(int64_t pid, const char *field, size_t length, uint64_t *bytes)
{
    static const char *const names[] = {"Size", "Rss", "Anonymous", "Locked"};
    uint64_t sum[4] = {0, 0, 0, 0};
    prxmap_t maps[4096 / sizeof(prxmap_t)];
    struct zm_text name = {field, length};
    unsigned which = 0;
    off_t offset = 0;
    ssize_t have;
    int fd;
    while (which < 4 && !zm_text_equal(name, names[which]))
        which++;
    if (which == 4)
        return -ENODATA;
    fd = open_proc(pid, "xmap");
    if (fd < 0)
        return fd;
    while ((have = read_from(fd, maps, sizeof maps, offset)) > 0) {
        size_t count = (size_t)have / sizeof *maps;
        bool fits = (size_t)have % sizeof *maps == 0;
        for (size_t i = 0; fits && i < count; i++)
            fits = zm_add(&sum[0], maps[i].pr_size) &&
                   add_pages(&sum[1], maps[i].pr_rss, maps[i].pr_pagesize) &&
                   add_pages(&sum[2], maps[i].pr_anon, maps[i].pr_pagesize) &&
                   add_pages(&sum[3], maps[i].pr_locked, maps[i].pr_pagesize);
        if (!fits) {
            have = -EPROTO;
            break;
        }
        offset += have;
    }
    close(fd);
    if (have < 0)
        return (int)have;
    if (!offset)
        return -ENODATA;
    *bytes = sum[which];
    return 0;
}

int zm_os_ram(uint64_t *bytes)
{
    long pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);
    if (pages <= 0 || page <= 0)
        return -ENOTSUP;
    return zm_multiply((uint64_t)pages, (uint64_t)page, bytes) ? 0 : -EPROTO;
}
