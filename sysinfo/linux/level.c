/* SPDX-License-Identifier: BSD-3-Clause */
#include "sysinfo/linux/level.h"
#include "sysinfo/linux/file.h"
#include "sysinfo/linux/linux.h"
#include "sysinfo/os.h"
#include <assert.h>
#include <errno.h>
#include <string.h>

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

/* Puts "<the level's directory>/<name>" into the directory's own buffer, to be cut off again. */
static bool append(struct zm_cgroup *cgroup, size_t length, const char *name)
{
    size_t name_length = strlen(name);
    if (length + 1 + name_length >= sizeof cgroup->directory)
        return false;
    cgroup->directory[length] = '/';
    memcpy(cgroup->directory + length + 1, name, name_length + 1);
    return true;
}

bool zm_level_has_file(int root, struct zm_cgroup *cgroup, const char *name)
{
    size_t length = strlen(cgroup->directory);
    bool found = append(cgroup, length, name) && zm_file_exists(root, cgroup->directory);
    cgroup->directory[length] = '\0';
    return found;
}

/* 0, -ENOENT where the level has no such file, or another error. */
static int read_value(int root, struct zm_cgroup *cgroup, const char *name, uint64_t *value)
{
    size_t length = strlen(cgroup->directory), have;
    char buffer[64];
    int result;
    if (!append(cgroup, length, name))
        return -ENAMETOOLONG;
    result = zm_file_start(root, cgroup->directory, buffer, sizeof buffer, &have);
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
    return !result && named->bad ? -EPROTO : result;
}

/* A level as it is read: its files fill in the fields and mark them, and the first of their errors
 * is kept. A file that a level does not have is no error: the root has none, and a level for which
 * the controller is off has none either. */
struct reading {
    int root;
    struct zm_cgroup *cgroup;
    struct zmalloc_sysinfo_level *out;
    int error;
};

static void note(struct reading *r, int result)
{
    if (result && result != -ENOENT && !r->error)
        r->error = result;
}

static void read_limit(struct reading *r, const char *name, uint32_t bit, uint64_t *value)
{
    int result = name ? read_value(r->root, r->cgroup, name, value) : -ENOENT;
    if (!result)
        r->out->has |= bit;
    note(r, result);
}

/* A limit may be "max", an amount may not. */
static void read_amount(struct reading *r, const char *name, uint32_t bit, uint64_t *value)
{
    read_limit(r, name, bit, value);
    if (!(r->out->has & bit) || *value != ZMALLOC_SYSINFO_UNLIMITED)
        return;
    r->out->has &= ~bit;
    *value = 0;
    note(r, -EPROTO);
}

uint64_t zm_level_used(const struct zmalloc_sysinfo_level *level)
{
    assert(level->has & ZMALLOC_SYSINFO_LEVEL_USAGE && level->cache <= level->usage);
    return level->usage - level->cache;
}

/* Usage and cache come from two files. A cache above the usage that contains it is old, or not of
 * this group: then all that is used counts as used. */
static void check_cache(struct zmalloc_sysinfo_level *level)
{
    if (level->has & ZMALLOC_SYSINFO_LEVEL_USAGE && level->cache > level->usage) {
        level->has &= ~ZMALLOC_SYSINFO_LEVEL_CACHE;
        level->cache = 0;
    }
}

static void find_headroom(struct zmalloc_sysinfo_level *level)
{
    if (!(level->has & ZMALLOC_SYSINFO_LEVEL_LIMIT))
        return;
    if (level->limit == ZMALLOC_SYSINFO_UNLIMITED) {
        level->headroom = ZMALLOC_SYSINFO_UNLIMITED;
    } else {
        uint64_t used;
        if (!(level->has & ZMALLOC_SYSINFO_LEVEL_USAGE))
            return;
        used = zm_level_used(level);
        level->headroom = level->limit > used ? level->limit - used : 0;
    }
    level->has |= ZMALLOC_SYSINFO_LEVEL_HEADROOM;
}

int zm_level_read(int root, struct zm_cgroup *cgroup, struct zmalloc_sysinfo_level *out,
                  struct zm_level_more *more)
{
    const struct level_files *files = &files_of[cgroup->version];
    struct zm_named_values named = {.names = {files->cache, "hierarchical_memory_limit"}};
    struct reading r = {root, cgroup, out, 0};
    size_t length = strlen(cgroup->directory);
    uint64_t hierarchy;
    assert(cgroup->version == 1 || cgroup->version == 2);
    more->hierarchical = ZMALLOC_SYSINFO_UNLIMITED;
    more->above_counts = true;
    if (!zm_file_exists(root, cgroup->directory))
        return -ENODATA; /* deleted, or mounted over */
    read_limit(&r, files->limit, ZMALLOC_SYSINFO_LEVEL_LIMIT, &out->limit);
    read_amount(&r, files->usage, ZMALLOC_SYSINFO_LEVEL_USAGE, &out->usage);
    read_limit(&r, files->high, ZMALLOC_SYSINFO_LEVEL_HIGH, &out->high);
    read_limit(&r, files->swap_limit, ZMALLOC_SYSINFO_LEVEL_SWAP_LIMIT, &out->swap_limit);
    read_amount(&r, files->swap_usage, ZMALLOC_SYSINFO_LEVEL_SWAP_USAGE, &out->swap_usage);
    note(&r, read_stat(root, cgroup, &named));
    if (named.seen & 1) {
        out->cache = named.values[0];
        out->has |= ZMALLOC_SYSINFO_LEVEL_CACHE;
    }
    check_cache(out);
    find_headroom(out);
    if (named.seen & 2 && named.values[1] < ZM_CGROUP_UNLIMITED)
        more->hierarchical = named.values[1];
    if (cgroup->version == 1 && !read_value(root, cgroup, "memory.use_hierarchy", &hierarchy))
        more->above_counts = hierarchy != 0;
    if (length < sizeof out->path) {
        memcpy(out->path, cgroup->directory, length + 1);
        out->has |= ZMALLOC_SYSINFO_LEVEL_PATH;
    }
    return r.error;
}

int zm_linux_level(int root, int64_t pid, uint32_t level, struct zmalloc_sysinfo_level *out)
{
    struct zm_cgroup cgroup;
    struct zm_level_more more;
    int result = zm_cgroup_find(root, pid, &cgroup);
    if (result)
        return result;
    for (uint32_t i = 0; i < level; i++) {
        if (!zm_cgroup_up(&cgroup))
            return -ENODATA;
    }
    return zm_level_read(root, &cgroup, out, &more);
}

int zm_os_level(int64_t pid, uint32_t level, struct zmalloc_sysinfo_level *out)
{
    return zm_linux_level(ZM_ROOT, pid, level, out);
}
