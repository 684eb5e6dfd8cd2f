/* One level of the memory cgroups.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_SYSINFO_LINUX_LEVEL_H
#define ZM_SYSINFO_LINUX_LEVEL_H

#include "sysinfo/linux/cgroup.h"
#include <zmalloc/sysinfo.h>

/* What a level says beyond the public struct. */
struct zm_level_more {
    uint64_t hierarchical; /* v1: the lowest limit from here up, mounted or not; else UNLIMITED */
    bool above_counts;     /* v1 without use_hierarchy: the ancestors do not bind this level */
};

/* The bytes of a level that the kernel can't take back at once; its USAGE bit must be set. */
uint64_t zm_level_used(const struct zmalloc_sysinfo_level *level);

/* Reads the level that cgroup->directory names, which is left as it was. Whatever is returned, the
 * bits tell what could be read. 0; -ENODATA: the directory is gone; or the first error. */
int zm_level_read(int root, struct zm_cgroup *cgroup, struct zmalloc_sysinfo_level *out,
                  struct zm_level_more *more);
/* Whether the level has a file of that name. */
bool zm_level_has_file(int root, struct zm_cgroup *cgroup, const char *name);

#endif
