/* Which program a process runs: exec gives it another one under the same number.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TOOLS_LIVE_IMAGE_H
#define ZM_TOOLS_LIVE_IMAGE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* The system puts random bytes on the stack of each program that exec starts. A forked process has
 * those of its parent. */
struct zm_image {
    uint64_t where;
    unsigned char random[16];
};

/* 0, or -ESRCH (none such, or it has ended), -EPERM, -EBADMSG. */
int zm_image_of(pid_t pid, struct zm_image *out);

/* Whether the process runs that program still. One system call. */
bool zm_image_is_there(pid_t pid, const struct zm_image *image);

#endif
