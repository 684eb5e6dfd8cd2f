/* The Linux file's insides with the root directory as an argument, for tests.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_SYSINFO_LINUX_LINUX_H
#define ZM_SYSINFO_LINUX_LINUX_H

#include "sysinfo/linux/parse.h"
#include <zmalloc/sysinfo.h>

#define ZM_PROC_PATH 64
/* "/proc/<pid>/<file>"; pid 0: self, ZM_THREAD_SELF: the calling thread. */
#define ZM_THREAD_SELF (-1)
void zm_proc_path(char path[ZM_PROC_PATH], int64_t pid, const char *file);

/* Why /proc/<pid>/... failed with `error`, in the terms of zmalloc/sysinfo.h. */
int zm_proc_error(int root, int64_t pid, int error);

int zm_linux_memory(int root, int64_t pid, uint32_t wanted, struct zmalloc_sysinfo_memory *out);
int zm_linux_smaps(int root, int64_t pid, const char *field, size_t length, uint64_t *bytes);
/* The sums of one file, smaps or smaps_rollup; -ENODATA if it held none of the names. */
int zm_linux_walk(int root, int64_t pid, const char *file, struct zm_kb_sums *sums);
/* The figures of a file in which every line stands for itself, status or meminfo. What is marked as
 * seen is right whatever is returned: 0, the error of the file, -EPROTO if a figure was none, or
 * -ENODATA if it held none of the names. */
int zm_linux_kb_first(int root, const char *path, struct zm_kb_sums *sums);

int zm_linux_limit(int root, int64_t pid, struct zmalloc_sysinfo_limit *out);
int zm_linux_level(int root, int64_t pid, uint32_t level, struct zmalloc_sysinfo_level *out);
int zm_linux_pressure(int root, uint32_t scope, struct zmalloc_sysinfo_pressure *out);

#define ZM_NAME(string)           \
    {                             \
        string, sizeof string - 1 \
    }

#endif
