/* Files are read by raw system calls. libc's open and read are cancellation points; and a preloaded
 * library that wraps them may allocate, which would come back to an allocator that has called us.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "sysinfo/linux/file.h"
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__has_feature)
#    if __has_feature(memory_sanitizer)
#        include <sanitizer/msan_interface.h>
#        define READ_BY_KERNEL(buffer, count) __msan_unpoison(buffer, count)
#    endif
#endif
#ifndef READ_BY_KERNEL
#    define READ_BY_KERNEL(buffer, count) ((void)0)
#endif

static const char *below(int root, const char *path)
{
    assert(path[0] == '/');
    return root == ZM_ROOT ? path : path + 1;
}

static int directory(int root)
{
    return root == ZM_ROOT ? AT_FDCWD : root;
}

int zm_file_open(int root, const char *path)
{
    long fd;
    do {
        /* If somebody has put a FIFO in the place of the file, it must not hold us for ever. */
        fd = syscall(SYS_openat, directory(root), below(root, path),
                     O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    } while (fd < 0 && errno == EINTR);
    return fd < 0 ? -errno : (int)fd;
}

void zm_file_close(int fd)
{
    syscall(SYS_close, fd); /* Linux frees the descriptor even where it says EINTR */
}

bool zm_file_exists(int root, const char *path)
{
    return syscall(SYS_faccessat, directory(root), below(root, path), F_OK) == 0;
}

int zm_file_read(int fd, char *buffer, size_t room)
{
    long count;
    do {
        count = syscall(SYS_read, fd, buffer, room);
    } while (count < 0 && errno == EINTR);
    if (count < 0)
        return -errno;
    READ_BY_KERNEL(buffer, (size_t)count);
    return (int)count;
}

int zm_file_read_start(int fd, char *buffer, size_t room)
{
    long count;
    do {
        /* A 32-bit system takes the offset in two registers, some behind an unused one: all of them
         * are 0. */
        count = syscall(SYS_pread64, fd, buffer, room, 0L, 0L, 0L);
    } while (count < 0 && errno == EINTR);
    if (count < 0)
        return -errno;
    READ_BY_KERNEL(buffer, (size_t)count);
    return (int)count;
}

int zm_file_start(int root, const char *path, char *buffer, size_t room, size_t *length)
{
    size_t have = 0;
    int count = 0;
    int fd = zm_file_open(root, path);
    if (fd < 0)
        return fd;
    while (have < room && (count = zm_file_read(fd, buffer + have, room - have)) > 0)
        have += (size_t)count;
    zm_file_close(fd);
    if (count < 0)
        return count;
    *length = have;
    return 0;
}

int zm_file_lines(int root, const char *path, struct zm_lines *lines, zm_line_fn *fn, void *context)
{
    char buffer[2048]; /* the largest part of the stack that zmalloc/sysinfo.h promises to need */
    uint64_t taken = 0;
    int result = 0;
    int count = 0;
    int fd = zm_file_open(root, path);
    if (fd < 0)
        return fd;
    lines->length = 0;
    lines->cut = false;
    while (!result && (count = zm_file_read(fd, buffer, sizeof buffer)) > 0) {
        taken += (uint64_t)count;
        result = taken > ZM_FILE_MAX ? -EPROTO
                                     : zm_lines_feed(lines, buffer, (size_t)count, fn, context);
    }
    zm_file_close(fd);
    if (result)
        return result == ZM_LINES_ENOUGH ? 0 : result;
    return count < 0 ? count : zm_lines_end(lines);
}
