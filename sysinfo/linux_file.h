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
/* The whole file; -EPROTO if it does not fit. */
int zm_file_slurp(int root, const char *path, char *buffer, size_t room, size_t *length);
/* Every line to `fn`; -EPROTO if the file ends within a line. */
int zm_file_lines(int root, const char *path, struct zm_lines *lines, zm_line_fn *fn,
                  void *context);

#endif
