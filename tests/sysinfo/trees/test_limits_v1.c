/* Limits: trees of cgroups v1.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "sysinfo/linux/linux.h"
#include "tests/sysinfo/helpers.h"
#include "tree.h"

#define V1_GROUPS "12:pids:/p\n5:cpu,memory:/docker/1234/work\n0::/unified\n"
#define V1_MOUNT                                         \
    "30 27 0:26 / /cg2 rw - cgroup2 cgroup2 rw\n"        \
    "31 27 0:27 / /cg/pids rw - cgroup cgroup rw,pids\n" \
    "35 27 0:31 /docker/1234 /cg/memory ro - cgroup cgroup rw,cpu,memory\n"

static void one_v1_level(const char *directory, const char *limit, const char *use_hierarchy,
                         const char *hierarchical)
{
    char path[256], stat[128];
    snprintf(path, sizeof path, "%s/memory.limit_in_bytes", directory);
    tree_put(path, limit);
    snprintf(path, sizeof path, "%s/memory.usage_in_bytes", directory);
    tree_put(path, "52428800\n");
    snprintf(path, sizeof path, "%s/memory.use_hierarchy", directory);
    tree_put(path, use_hierarchy);
    snprintf(path, sizeof path, "%s/memory.stat", directory);
    snprintf(stat, sizeof stat,
             "inactive_file 1\nhierarchical_memory_limit %s\ntotal_inactive_file 10485760\n",
             hierarchical);
    tree_put(path, stat);
}

static void v1_container_without_namespace(void **state)
{
    struct zmalloc_sysinfo_limit limit;
    struct zmalloc_sysinfo_level level = {0};
    (void)state;
    tree_put("proc/self/cgroup", V1_GROUPS);
    tree_put("proc/self/mountinfo", V1_MOUNT);
    one_v1_level("cg/memory", "104857600\n", "1\n", "104857600");
    one_v1_level("cg/memory/work", "9223372036854771712\n", "1\n", "104857600");
    limit = tree_limit(0);
    assert_int_equal(limit.cgroup_version, 1);
    assert_int_equal(limit.cgroup_levels, 2);
    assert_int_equal(limit.cgroup, 100 * MB);
    assert_int_equal(limit.effective_level, 1);
    assert_int_equal(limit.headroom, 60 * MB);
    assert_false(limit.has & ZMALLOC_SYSINFO_LIMIT_PARTIAL);
    assert_int_equal(zm_linux_level(tree_root, 0, 0, &level), 0);
    assert_int_equal(level.limit, ZMALLOC_SYSINFO_UNLIMITED);
    assert_int_equal(level.cache, 10 * MB);
}

/* The group above the container is not mounted; its limit shows in hierarchical_memory_limit. */
static void v1_hidden_ancestor_binds(void **state)
{
    struct zmalloc_sysinfo_limit limit;
    (void)state;
    tree_put("proc/self/cgroup", V1_GROUPS);
    tree_put("proc/self/mountinfo", V1_MOUNT);
    one_v1_level("cg/memory", "104857600\n", "1\n", "83886080");
    one_v1_level("cg/memory/work", "9223372036854771712\n", "1\n", "83886080");
    limit = tree_limit(0);
    assert_int_equal(limit.effective, 80 * MB);
    assert_int_equal(limit.effective_level, ZMALLOC_SYSINFO_LEVEL_HIDDEN);
}

static void v1_without_hierarchy(void **state)
{
    struct zmalloc_sysinfo_limit limit;
    (void)state;
    tree_put("proc/self/cgroup", V1_GROUPS);
    tree_put("proc/self/mountinfo", V1_MOUNT);
    one_v1_level("cg/memory", "104857600\n", "0\n", "104857600");
    one_v1_level("cg/memory/work", "209715200\n", "0\n", "209715200");
    limit = tree_limit(0);
    assert_int_equal(limit.cgroup, 200 * MB);
    assert_int_equal(limit.effective_level, 0);
}

int main(void)
{
#define IN_TREE(test) cmocka_unit_test_setup_teardown(test, tree_plant, tree_fell)
    const struct CMUnitTest tests[] = {
        IN_TREE(v1_container_without_namespace),
        IN_TREE(v1_hidden_ancestor_binds),
        IN_TREE(v1_without_hierarchy),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
