/* SPDX-License-Identifier: BSD-3-Clause */
#include "remote.h"

#include <errno.h>

#ifdef __linux__

#    include <sys/uio.h>

enum { AT_ONCE = 128 }; /* the system takes 1,024 */

static int read_some(pid_t pid, const struct zm_remote *parts, size_t count)
{
    struct iovec to[AT_ONCE], from[AT_ONCE];
    size_t size = 0;
    for (size_t i = 0; i < count; i++) {
        to[i] = (struct iovec){parts[i].to, parts[i].size};
        from[i] = (struct iovec){(void *)(uintptr_t)parts[i].address, parts[i].size};
        size += parts[i].size;
    }
    ssize_t length = process_vm_readv(pid, to, count, from, count, 0);
    if (length == (ssize_t)size)
        return 0;
    return length >= 0 || errno == EFAULT ? -EBADMSG : -errno;
}

int zm_remote_read(pid_t pid, const struct zm_remote *parts, size_t count)
{
    int status = 0;
    for (size_t at = 0; at < count && status == 0; at += AT_ONCE)
        status = read_some(pid, parts + at, count - at < AT_ONCE ? count - at : AT_ONCE);
    return status;
}

int zm_remote_write_byte(pid_t pid, uint64_t address, uint8_t byte)
{
    struct iovec from = {&byte, 1}, to = {(void *)(uintptr_t)address, 1};
    if (process_vm_writev(pid, &from, 1, &to, 1, 0) == 1)
        return 0;
    return errno == EFAULT ? -EBADMSG : -errno;
}

#else

int zm_remote_write_byte(pid_t pid, uint64_t address, uint8_t byte)
{
    (void)pid, (void)address, (void)byte;
    return -ENOTSUP;
}

int zm_remote_read(pid_t pid, const struct zm_remote *parts, size_t count)
{
    (void)pid, (void)parts, (void)count;
    return -ENOTSUP;
}

#endif
