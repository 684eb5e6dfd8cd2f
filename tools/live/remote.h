/* Memory of another process.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TOOLS_LIVE_REMOTE_H
#define ZM_TOOLS_LIVE_REMOTE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct zm_remote {
    uint64_t address;
    void *to;
    size_t size;
};

/* Reads these in their order, with as few system calls as there can be. 0; -EBADMSG: one is not
 * there; -ESRCH, -EPERM, -ENOTSUP. */
int zm_remote_read(pid_t pid, const struct zm_remote *parts, size_t count);

/* Likewise. */
int zm_remote_write_byte(pid_t pid, uint64_t address, uint8_t byte);

#endif
