/* Small files of the kernel, read without libc's help beyond syscall().
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_SYSINFO_LINUX_FILE_H
#define ZM_SYSINFO_LINUX_FILE_H

#include "sysinfo/text.h"

/* Paths are absolute. `root` is the directory they start from: ZM_ROOT for the real one, or a
 * directory descriptor, by which tests lay a tree of fixtures under the same code. */
#define ZM_ROOT (-1)

/* Each returns 0 (or a descriptor, or a count) or -errno; EINTR is retried. */
int zm_file_open(int root, const char *path);
void zm_file_close(int fd);
bool zm_file_exists(int root, const char *path);
/* One read: a count, 0 at the end. */
int zm_file_read(int fd, char *buffer, size_t room);
/* One read at the start of the file, its position unmoved. */
int zm_file_read_start(int fd, char *buffer, size_t room);
/* The file, or as much of it as there is room for. */
int zm_file_start(int root, const char *path, char *buffer, size_t room, size_t *length);
/* Every line to `fn`, until it wants no more; -EPROTO if the file ends within a line. The map of a
 * million mappings is less than this long: what is longer may never end. */
#define ZM_FILE_MAX (UINT64_C(1) << 30)
int zm_file_lines(int root, const char *path, struct zm_lines *lines, zm_line_fn *fn,
                  void *context);

#endif
