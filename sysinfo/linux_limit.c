/* The memory that a process may really use. Every ancestor counts: a limit set on the parent binds
 * the child whose own says "max". Page cache that the kernel takes back first is not counted as
 * used.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "sysinfo/linux.h"
#include "sysinfo/linux_cgroup.h"
#include "sysinfo/linux_file.h"
#include "sysinfo/os.h"
#include <errno.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The files of one cgroup version. */
struct level_files {
    const char *limit, *usage, *cache, *high, *swap_limit, *swap_usage;
};
static const struct level_files files_of[] = {
    [1] = {"memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file", NULL, NULL,
           NULL},
    [2] = {"memory.max", "memory.current", "inactive_file", "memory.high", "memory.swap.max",
           "memory.swap.current"},
};

/* What a level says beyond the public struct. */
struct level_more {
    uint64_t hierarchical; /* v1: the lowest limit from here up, mounted or not; else UNLIMITED */
    bool above_counts;     /* v1 without use_hierarchy: the ancestors do not bind this level */
};

/* "<the level's directory>/<name>" put into the directory's own buffer, to be cut off again. */
static bool append(struct zm_cgroup *cgroup, size_t length, const char *name)
{
    size_t name_length = strlen(name);
    if (length + 1 + name_length >= sizeof cgroup->directory)
        return false;
    cgroup->directory[length] = '/';
    memcpy(cgroup->directory + length + 1, name, name_length + 1);
    return true;
}

/* 0, -ENOENT where the level has no such file, or another error. */
static int read_value(int root, struct zm_cgroup *cgroup, const char *name, uint64_t *value)
{
    size_t length = strlen(cgroup->directory), have;
    char buffer[64];
    int result;
    if (!append(cgroup, length, name))
        return -ENAMETOOLONG;
    result = zm_file_slurp(root, cgroup->directory, buffer, sizeof buffer, &have);
    cgroup->directory[length] = '\0';
    return result ? result : zm_cgroup_value(buffer, have, value);
}

static int read_stat(int root, struct zm_cgroup *cgroup, struct zm_named_values *named)
{
    size_t length = strlen(cgroup->directory);
    char line[ZM_KB_LINE];
    struct zm_lines lines = {line, sizeof line, 0, false};
    int result;
    if (!append(cgroup, length, "memory.stat"))
        return -ENAMETOOLONG;
    result = zm_file_lines(root, cgroup->directory, &lines, zm_named_value_line, named);
    cgroup->directory[length] = '\0';
    return result;
}

static void field(int root, struct zm_cgroup *cgroup, const char *name, uint32_t bit,
                  uint64_t *value, uint32_t *has, int *error)
{
    int result = name ? read_value(root, cgroup, name, value) : -ENOENT;
    if (!result)
        *has |= bit;
    else if (result != -ENOENT && !*error)
        *error = result;
}

static int read_level(int root, struct zm_cgroup *cgroup, struct zmalloc_sysinfo_level *out,
                      struct level_more *more)
{
    const struct level_files *files = &files_of[cgroup->version];
    struct zm_named_values named = {.names = {files->cache, "hierarchical_memory_limit"}};
    size_t length = strlen(cgroup->directory);
    uint64_t hierarchy;
    int error = 0, result;
    if (!zm_file_exists(root, cgroup->directory))
        return -ENODATA; /* deleted, or mounted over */
    field(root, cgroup, files->limit, ZMALLOC_SYSINFO_LEVEL_LIMIT, &out->limit, &out->has, &error);
    field(root, cgroup, files->usage, ZMALLOC_SYSINFO_LEVEL_USAGE, &out->usage, &out->has, &error);
    field(root, cgroup, files->high, ZMALLOC_SYSINFO_LEVEL_HIGH, &out->high, &out->has, &error);
    field(root, cgroup, files->swap_limit, ZMALLOC_SYSINFO_LEVEL_SWAP_LIMIT, &out->swap_limit,
          &out->has, &error);
    field(root, cgroup, files->swap_usage, ZMALLOC_SYSINFO_LEVEL_SWAP_USAGE, &out->swap_usage,
          &out->has, &error);
    result = read_stat(root, cgroup, &named);
    if (result && result != -ENOENT && !error)
        error = result;
    if (named.seen & 1) {
        out->cache = named.values[0];
        out->has |= ZMALLOC_SYSINFO_LEVEL_CACHE;
    }
    more->hierarchical = named.seen & 2 && named.values[1] < UINT64_C(1) << 62
                             ? named.values[1]
                             : ZMALLOC_SYSINFO_UNLIMITED;
    more->above_counts = cgroup->version == 2 ||
                         read_value(root, cgroup, "memory.use_hierarchy", &hierarchy) || hierarchy;
    if (out->has & ZMALLOC_SYSINFO_LEVEL_LIMIT && out->limit == ZMALLOC_SYSINFO_UNLIMITED) {
        out->headroom = ZMALLOC_SYSINFO_UNLIMITED;
        out->has |= ZMALLOC_SYSINFO_LEVEL_HEADROOM;
    } else if ((out->has & (ZMALLOC_SYSINFO_LEVEL_LIMIT | ZMALLOC_SYSINFO_LEVEL_USAGE)) ==
               (ZMALLOC_SYSINFO_LEVEL_LIMIT | ZMALLOC_SYSINFO_LEVEL_USAGE)) {
        uint64_t used = out->usage > out->cache ? out->usage - out->cache : 0;
        out->headroom = out->limit > used ? out->limit - used : 0;
        out->has |= ZMALLOC_SYSINFO_LEVEL_HEADROOM;
    }
    if (length < sizeof out->path) {
        memcpy(out->path, cgroup->directory, length + 1);
        out->has |= ZMALLOC_SYSINFO_LEVEL_PATH;
    }
    return error;
}

int zm_linux_level(int root, int64_t pid, uint32_t level, struct zmalloc_sysinfo_level *out)
{
    struct zm_cgroup cgroup;
    struct level_more more;
    int result = zm_cgroup_find(root, pid, &cgroup);
    if (result)
        return result;
    for (uint32_t i = 0; i < level; i++) {
        if (!zm_cgroup_up(&cgroup))
            return -ENODATA;
    }
    return read_level(root, &cgroup, out, &more);
}

static void lower(uint64_t *lowest, uint64_t value)
{
    if (value < *lowest)
        *lowest = value;
}

static void decide(struct zmalloc_sysinfo_limit *out, uint64_t limit, uint32_t by, uint32_t level)
{
    if (out->has & ZMALLOC_SYSINFO_LIMIT_EFFECTIVE && out->effective <= limit)
        return;
    out->has |= ZMALLOC_SYSINFO_LIMIT_EFFECTIVE;
    out->effective = limit;
    out->effective_by = by;
    out->effective_level = level;
}

static void decide_headroom(struct zmalloc_sysinfo_limit *out, uint64_t headroom, uint32_t by,
                            uint32_t level)
{
    if (out->has & ZMALLOC_SYSINFO_LIMIT_HEADROOM && out->headroom <= headroom)
        return;
    out->has |= ZMALLOC_SYSINFO_LIMIT_HEADROOM;
    out->headroom = headroom;
    out->headroom_by = by;
    out->headroom_level = level;
}

static void add_level(struct zmalloc_sysinfo_limit *out, const struct zmalloc_sysinfo_level *level,
                      uint32_t index)
{
    if (level->has & ZMALLOC_SYSINFO_LEVEL_LIMIT) {
        lower(&out->cgroup, level->limit);
        decide(out, level->limit, ZMALLOC_SYSINFO_BY_CGROUP, index);
    }
    if (level->has & ZMALLOC_SYSINFO_LEVEL_HEADROOM)
        decide_headroom(out, level->headroom, ZMALLOC_SYSINFO_BY_CGROUP, index);
    if (level->has & ZMALLOC_SYSINFO_LEVEL_HIGH) {
        lower(&out->high, level->high);
        out->has |= ZMALLOC_SYSINFO_LIMIT_HIGH;
    }
    if (level->has & ZMALLOC_SYSINFO_LEVEL_SWAP_LIMIT) {
        lower(&out->swap, level->swap_limit);
        out->has |= ZMALLOC_SYSINFO_LIMIT_SWAP;
    }
}

/* In v2 every group but the root of the hierarchy has this file. */
static bool is_root(int root, struct zm_cgroup *cgroup)
{
    size_t length = strlen(cgroup->directory);
    bool other = append(cgroup, length, "cgroup.events") && zm_file_exists(root, cgroup->directory);
    cgroup->directory[length] = '\0';
    return !other;
}

static int cgroups(int root, int64_t pid, struct zmalloc_sysinfo_limit *out)
{
    struct zm_cgroup cgroup;
    struct level_more more = {ZMALLOC_SYSINFO_UNLIMITED, true};
    uint64_t hierarchical = ZMALLOC_SYSINFO_UNLIMITED;
    uint32_t index = 0;
    int result = zm_cgroup_find(root, pid, &cgroup);
    if (result)
        return result;
    out->cgroup_version = cgroup.version;
    out->cgroup = out->high = out->swap = ZMALLOC_SYSINFO_UNLIMITED;
    do {
        struct zmalloc_sysinfo_level level = {0};
        result = read_level(root, &cgroup, &level, &more);
        if (result)
            out->has |= ZMALLOC_SYSINFO_LIMIT_PARTIAL;
        add_level(out, &level, index);
        lower(&hierarchical, more.hierarchical);
        index++;
    } while (more.above_counts && zm_cgroup_up(&cgroup));
    out->cgroup_levels = index;
    out->has |= ZMALLOC_SYSINFO_LIMIT_CGROUP;
    /* v1 tells of hidden ancestors by hierarchical_memory_limit, v2 does not. */
    if (cgroup.hidden_below || (cgroup.version == 2 && !is_root(root, &cgroup)))
        out->has |= ZMALLOC_SYSINFO_LIMIT_PARTIAL;
    if (hierarchical < out->cgroup) {
        out->cgroup = hierarchical;
        decide(out, hierarchical, ZMALLOC_SYSINFO_BY_CGROUP, ZMALLOC_SYSINFO_LEVEL_HIDDEN);
    }
    return 0;
}

static int address_space(int root, int64_t pid, struct zmalloc_sysinfo_limit *out)
{
    struct zmalloc_sysinfo_memory memory = {.struct_size = sizeof memory};
    struct {
        uint64_t soft, hard;
    } limit = {0, 0};
    if (pid > INT32_MAX)
        return -ESRCH;
    if (syscall(SYS_prlimit64, (int)pid, RLIMIT_AS, NULL, &limit))
        return errno == EPERM ? -EACCES : -errno;
    out->address_space = limit.soft;
    out->has |= ZMALLOC_SYSINFO_LIMIT_ADDRESS_SPACE;
    if (limit.soft == ZMALLOC_SYSINFO_UNLIMITED)
        return 0;
    decide(out, limit.soft, ZMALLOC_SYSINFO_BY_ADDRESS_SPACE, 0);
    if (!zm_linux_memory(root, pid, ZMALLOC_SYSINFO_VIRTUAL, &memory))
        decide_headroom(out,
                        limit.soft > memory.virtual_size ? limit.soft - memory.virtual_size : 0,
                        ZMALLOC_SYSINFO_BY_ADDRESS_SPACE, 0);
    return 0;
}

int zm_linux_limit(int root, int64_t pid, struct zmalloc_sysinfo_limit *out)
{
    struct zm_kb_sums meminfo = {.names = {ZM_NAME("MemAvailable")}, .count = 1};
    int result = zm_os_ram(&out->ram);
    if (!result) {
        out->has |= ZMALLOC_SYSINFO_LIMIT_RAM;
        decide(out, out->ram, ZMALLOC_SYSINFO_BY_RAM, 0);
    }
    if (!zm_linux_kb_file(root, "/proc/meminfo", &meminfo)) {
        out->available = meminfo.bytes[0];
        out->has |= ZMALLOC_SYSINFO_LIMIT_AVAILABLE;
        decide_headroom(out, out->available, ZMALLOC_SYSINFO_BY_RAM, 0);
    }
    result = cgroups(root, pid, out);
    if (result == -ESRCH)
        return result;
    /* No /proc, no mount of the hierarchy, no permission: there may be limits that are not seen. */
    if (result && result != -ENOTSUP)
        out->has |= ZMALLOC_SYSINFO_LIMIT_PARTIAL;
    result = address_space(root, pid, out);
    if (result == -ESRCH)
        return result;
    return out->has & ZMALLOC_SYSINFO_LIMIT_EFFECTIVE ? 0 : result;
}

int zm_os_limit(int64_t pid, struct zmalloc_sysinfo_limit *out)
{
    return zm_linux_limit(ZM_ROOT, pid, out);
}

int zm_os_level(int64_t pid, uint32_t level, struct zmalloc_sysinfo_level *out)
{
    return zm_linux_level(ZM_ROOT, pid, level, out);
}
