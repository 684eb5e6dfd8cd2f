/* Where the memory cgroup of a process lies in the file system, and the formats of its files.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_SYSINFO_LINUX_CGROUP_H
#define ZM_SYSINFO_LINUX_CGROUP_H

#include "sysinfo/text.h"

#define ZM_CGROUP_PATH 1024

struct zm_cgroup {
    uint32_t version;               /* 0: none, 1, 2 */
    char process[ZM_CGROUP_PATH];   /* as /proc/PID/cgroup names it */
    char directory[ZM_CGROUP_PATH]; /* the lowest level that can be seen */
    size_t mount_length;            /* that much of it is the mount point, the highest level */
    size_t root_length;             /* of the mount's root: the shorter, the more levels are seen */
    bool hidden_below; /* the names below the mount can't be known: its root stands in */
    int flaw; /* not 0: what was wrong with a line, so that another group might have been found */
};

/* Two zm_line_fn for /proc/PID/cgroup and then /proc/self/mountinfo; context is the zm_cgroup. A
 * line that can't be read is a flaw and not the end. */
int zm_cgroup_line(void *cgroup, struct zm_text line, bool cut);
int zm_mount_line(void *cgroup, struct zm_text line, bool cut);

/* Finds the memory cgroup of a process. 0; -ENOTSUP: there is no memory controller; -ENODATA: it is
 * not mounted, or the process is outside of every mount; -ENAMETOOLONG; or the error of a file. */
int zm_cgroup_find(int root, int64_t pid, struct zm_cgroup *cgroup);
/* Cuts the directory to the parent's; false if it was the highest. */
bool zm_cgroup_up(struct zm_cgroup *cgroup);

/* "max" or a number, then a newline; what follows is not looked at. v1 writes its unlimited as a
 * number near 2^63: from here on it is ZMALLOC_SYSINFO_UNLIMITED. 0 or -EPROTO. */
#define ZM_CGROUP_UNLIMITED (UINT64_C(1) << 62)
int zm_cgroup_value(const char *buffer, size_t length, uint64_t *value);

/* Finds "name value" lines, as of memory.stat: the first of each name counts. */
struct zm_named_values {
    const char *names[2];
    uint32_t seen, bad; /* bit i: names[i] had a line, and with a value; or without */
    uint64_t values[2];
};
int zm_named_value_line(void *named, struct zm_text line, bool cut);

#endif
