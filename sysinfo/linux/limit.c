/* The memory that a process may really use. Every ancestor counts: a limit set on the parent binds
 * the child whose own says "max". Page cache that the kernel takes back first is not counted as
 * used.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "sysinfo/bounds.h"
#include "sysinfo/linux/file.h"
#include "sysinfo/linux/level.h"
#include "sysinfo/linux/linux.h"
#include "sysinfo/os.h"
#include <errno.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

/* sysinfo(2) knows the machine. /proc/meminfo may be lxcfs's, which shows a container its own limit
 * there; or it is the machine's and sysinfo(2) the container's. Whichever is smaller binds. */
static void memory_of_machine(int root, struct zmalloc_sysinfo_limit *out)
{
    struct zm_kb_sums meminfo = {.names = {ZM_NAME("MemTotal"), ZM_NAME("MemAvailable")},
                                 .count = 2};
    uint64_t total;
    if (!zm_os_ram(&total))
        zm_bound_ram(out, total);
    zm_linux_kb_first(root, "/proc/meminfo", &meminfo);
    if (meminfo.seen & 1)
        zm_bound_ram(out, meminfo.bytes[0]);
    if (meminfo.seen & 2)
        zm_bound_available(out, meminfo.bytes[1]);
}

static void lower(uint64_t *lowest, uint64_t value)
{
    if (value < *lowest)
        *lowest = value;
}

static void add_level(struct zmalloc_sysinfo_limit *out, const struct zmalloc_sysinfo_level *level,
                      uint32_t index)
{
    if (level->has & ZMALLOC_SYSINFO_LEVEL_LIMIT) {
        lower(&out->cgroup, level->limit);
        zm_bound_limit(out, level->limit, ZMALLOC_SYSINFO_BY_CGROUP, index);
    }
    if (level->has & ZMALLOC_SYSINFO_LEVEL_HEADROOM)
        zm_bound_left(out, level->headroom, ZMALLOC_SYSINFO_BY_CGROUP, index);
    if (level->has & ZMALLOC_SYSINFO_LEVEL_HIGH) {
        lower(&out->high, level->high);
        out->has |= ZMALLOC_SYSINFO_LIMIT_HIGH;
    }
    if (level->has & ZMALLOC_SYSINFO_LEVEL_SWAP_LIMIT) {
        lower(&out->swap, level->swap_limit);
        out->has |= ZMALLOC_SYSINFO_LIMIT_SWAP;
    }
}

/* A v1 group that is not mounted here has a lower limit than those that are. It uses what the
 * highest level in sight uses, or more. */
static void add_hidden_level(struct zmalloc_sysinfo_limit *out, uint64_t limit,
                             const struct zmalloc_sysinfo_level *highest)
{
    if (limit >= out->cgroup)
        return;
    out->cgroup = limit;
    zm_bound_limit(out, limit, ZMALLOC_SYSINFO_BY_CGROUP, ZMALLOC_SYSINFO_LEVEL_HIDDEN);
    if (highest->has & ZMALLOC_SYSINFO_LEVEL_USAGE) {
        uint64_t used = zm_level_used(highest);
        zm_bound_left(out, limit > used ? limit - used : 0, ZMALLOC_SYSINFO_BY_CGROUP,
                      ZMALLOC_SYSINFO_LEVEL_HIDDEN);
    }
}

/* v1 tells of ancestors that can't be seen by hierarchical_memory_limit. v2 does not; but there
 * every group other than the root of the hierarchy has the file. */
static bool may_have_more(int root, struct zm_cgroup *cgroup)
{
    return cgroup->hidden_below || cgroup->flaw ||
           (cgroup->version == 2 && zm_level_has_file(root, cgroup, "cgroup.events"));
}

static int cgroups(int root, int64_t pid, struct zmalloc_sysinfo_limit *out)
{
    struct zm_cgroup cgroup;
    struct zm_level_more more;
    struct zmalloc_sysinfo_level level;
    uint64_t hierarchical = ZMALLOC_SYSINFO_UNLIMITED;
    uint32_t index = 0;
    int result = zm_cgroup_find(root, pid, &cgroup);
    if (result)
        return result;
    out->cgroup_version = cgroup.version;
    out->cgroup = out->high = out->swap = ZMALLOC_SYSINFO_UNLIMITED;
    do {
        level = (struct zmalloc_sysinfo_level){.has = 0};
        if (zm_level_read(root, &cgroup, &level, &more))
            out->has |= ZMALLOC_SYSINFO_LIMIT_PARTIAL;
        add_level(out, &level, index);
        lower(&hierarchical, more.hierarchical);
        index++;
    } while (more.above_counts && zm_cgroup_up(&cgroup));
    out->cgroup_levels = index;
    out->has |= ZMALLOC_SYSINFO_LIMIT_CGROUP;
    if (may_have_more(root, &cgroup))
        out->has |= ZMALLOC_SYSINFO_LIMIT_PARTIAL;
    add_hidden_level(out, hierarchical, &level);
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
    if (limit.soft != ZMALLOC_SYSINFO_UNLIMITED)
        zm_linux_memory(root, pid, ZMALLOC_SYSINFO_VIRTUAL, &memory); /* or it stays 0 */
    zm_bound_address_space(out, limit.soft, memory.virtual_size);
    return 0;
}

int zm_linux_limit(int root, int64_t pid, struct zmalloc_sysinfo_limit *out)
{
    int result;
    memory_of_machine(root, out);
    result = cgroups(root, pid, out);
    if (result == -ESRCH)
        return result;
    /* No /proc, no mount of the hierarchy, no permission: there may be limits that are not seen. */
    if (result && result != -ENOTSUP)
        out->has |= ZMALLOC_SYSINFO_LIMIT_PARTIAL;
    result = address_space(root, pid, out);
    if (result == -ESRCH)
        return result;
    zm_bounds_settle(out);
    return out->has & ~ZMALLOC_SYSINFO_LIMIT_PARTIAL ? 0 : result;
}

int zm_os_limit(int64_t pid, struct zmalloc_sysinfo_limit *out)
{
    return zm_linux_limit(ZM_ROOT, pid, out);
}
