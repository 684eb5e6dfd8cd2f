/* RSS over a kept descriptor. The descriptor may turn useless at any time: after fork it tells of
 * the parent, and a program that closes every descriptor it does not know may get the number again
 * for another file. So a descriptor that does not read as statm is forgotten, not closed.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "sysinfo/linux/file.h"
#include "sysinfo/linux/parse.h"
#include "sysinfo/os.h"
#include <errno.h>
#include <unistd.h>

static int read_kept(int fd, uint64_t *bytes)
{
    struct zm_statm pages;
    char buffer[256];
    int count = zm_file_read_start(fd, buffer, sizeof buffer);
    int result = count < 0 ? count : zm_statm_parse(buffer, (size_t)count, &pages);
    if (result)
        return result;
    if (!pages.size)
        return -ENODATA;
    return zm_multiply(pages.resident, (uint64_t)sysconf(_SC_PAGESIZE), bytes) ? 0 : -EPROTO;
}

/* Closes the descriptor if it is certainly ours: a statm of this process, of a parent, or of a
 * process that has ended. */
static void let_go(struct zmalloc_sysinfo_rss *handle)
{
    uint64_t bytes;
    int result = read_kept(handle->fd, &bytes);
    if (!result || result == -ENODATA || result == -ESRCH)
        zm_file_close(handle->fd);
    handle->owner = 0;
}

int zmalloc_sysinfo_rss_read(struct zmalloc_sysinfo_rss *handle, uint64_t *bytes)
{
    struct zmalloc_sysinfo_memory memory = {.struct_size = sizeof memory};
    int64_t self = zm_os_self();
    int saved = errno;
    int result = -EBADF;
    if (!handle || !bytes)
        return -EINVAL;
    if (handle->owner && handle->owner != self)
        let_go(handle);
    if (handle->owner)
        result = read_kept(handle->fd, bytes);
    if (result == -EBADF || result == -EPROTO || result == -ESPIPE) {
        handle->owner = 0;
        result = zm_file_open(ZM_ROOT, "/proc/self/statm");
        if (result >= 0) {
            handle->fd = result;
            handle->owner = self;
            result = read_kept(handle->fd, bytes);
        }
    }
    if (result) { /* the plain question says why, or knows what to do: the first thread has ended */
        result = zmalloc_sysinfo_memory(0, ZMALLOC_SYSINFO_RSS, &memory);
        if (!result)
            *bytes = memory.rss;
    }
    errno = saved;
    return result;
}

void zmalloc_sysinfo_rss_close(struct zmalloc_sysinfo_rss *handle)
{
    int saved = errno;
    if (handle && handle->owner)
        let_go(handle);
    errno = saved;
}
