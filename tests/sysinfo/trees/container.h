/* A tree with every file that a process in a container of cgroup v2 is judged by.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TEST_SYSINFO_CONTAINER_H
#define ZM_TEST_SYSINFO_CONTAINER_H

#include "tree.h"

#define V2_MOUNT "30 27 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw\n"

struct file {
    const char *path, *text;
};
enum { FILES = 17 };
extern const struct file files[FILES];

/* Puts all of them, in a planted tree. */
void plant_all(void);

/* All that this module tells. */
struct answers {
    struct zmalloc_sysinfo_limit limit;
    struct zmalloc_sysinfo_level level[3];
    struct zmalloc_sysinfo_pressure pressure;
    struct zmalloc_sysinfo_memory memory;
    int results[6];
};

void ask_all(struct answers *a);

#endif
