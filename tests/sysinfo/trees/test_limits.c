/* Limits: trees of cgroups v2 and odd ones, as Linux, containers and namespaces show them;
 * pressure.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "sysinfo/linux/cgroup.h"
#include "sysinfo/linux/linux.h"
#include "tests/sysinfo/helpers.h"
#include "tree.h"

#define V2_MOUNT                                       \
    "27 24 0:22 / /sys rw,relatime - sysfs sysfs rw\n" \
    "30 27 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n"
#define STAT_V2 "anon 1000\nfile 5000\ninactive_anon 7\nactive_file 8\ninactive_file 52428800\n"

static void one_level(const char *directory, const char *max, const char *current)
{
    char path[256];
    snprintf(path, sizeof path, "%s/cgroup.events", directory);
    tree_put(path, "populated 1\nfrozen 0\n");
    snprintf(path, sizeof path, "%s/memory.max", directory);
    tree_put(path, max);
    snprintf(path, sizeof path, "%s/memory.current", directory);
    tree_put(path, current);
    snprintf(path, sizeof path, "%s/memory.stat", directory);
    tree_put(path, STAT_V2);
}

/* The parent has 300 MB, the child "max": reading the child alone gets it wrong. */
static void v2_parent_binds(void **state)
{
    struct zmalloc_sysinfo_limit limit;
    struct zmalloc_sysinfo_level level = {0};
    (void)state;
    tree_put("proc/self/cgroup", "0::/parent/child\n");
    tree_put("proc/self/mountinfo", V2_MOUNT);
    tree_put("sys/fs/cgroup/cgroup.procs", "");
    one_level("sys/fs/cgroup/parent", "314572800\n", "157286400\n");
    one_level("sys/fs/cgroup/parent/child", "max\n", "104857600\n");
    tree_put("sys/fs/cgroup/parent/child/memory.high", "209715200\n");
    tree_put("sys/fs/cgroup/parent/memory.high", "max\n");
    tree_put("sys/fs/cgroup/parent/memory.swap.max", "0\n");
    limit = tree_limit(0);
    assert_int_equal(limit.cgroup_version, 2);
    assert_int_equal(limit.cgroup_levels, 3);
    assert_int_equal(limit.effective, 300 * MB);
    assert_int_equal(limit.effective_by, ZMALLOC_SYSINFO_BY_CGROUP);
    assert_int_equal(limit.effective_level, 1);
    assert_int_equal(limit.cgroup, 300 * MB);
    assert_int_equal(limit.headroom, 200 * MB); /* 300 - (150 - 50 of page cache) */
    assert_int_equal(limit.headroom_by, ZMALLOC_SYSINFO_BY_CGROUP);
    assert_int_equal(limit.headroom_level, 1);
    assert_int_equal(limit.high, 200 * MB);
    assert_int_equal(limit.swap, 0);
    assert_true(limit.has & ZMALLOC_SYSINFO_LIMIT_SWAP);
    assert_false(limit.has & ZMALLOC_SYSINFO_LIMIT_PARTIAL);

    assert_int_equal(zm_linux_level(tree_root, 0, 0, &level), 0);
    assert_int_equal(level.limit, ZMALLOC_SYSINFO_UNLIMITED);
    assert_int_equal(level.headroom, ZMALLOC_SYSINFO_UNLIMITED);
    assert_int_equal(level.usage, 100 * MB);
    assert_int_equal(level.cache, 50 * MB);
    assert_string_equal(level.path, "/sys/fs/cgroup/parent/child");
    memset(&level, 0, sizeof level);
    assert_int_equal(zm_linux_level(tree_root, 0, 1, &level), 0);
    assert_int_equal(level.limit, 300 * MB);
    assert_int_equal(level.headroom, 200 * MB);
    assert_string_equal(level.path, "/sys/fs/cgroup/parent");
    memset(&level, 0, sizeof level);
    assert_int_equal(zm_linux_level(tree_root, 0, 2, &level), 0);
    assert_int_equal(level.has, ZMALLOC_SYSINFO_LEVEL_PATH); /* the root has no limit file */
    assert_int_equal(zm_linux_level(tree_root, 0, 3, &level), -ENODATA);
}

/* In a container the highest level that is seen is not the root. */
static void v2_container_is_partial(void **state)
{
    struct zmalloc_sysinfo_limit limit;
    (void)state;
    tree_put("proc/self/cgroup", "0::/\n");
    tree_put("proc/self/mountinfo", V2_MOUNT);
    one_level("sys/fs/cgroup", "max\n", "1\n");
    limit = tree_limit(0);
    assert_int_equal(limit.cgroup, ZMALLOC_SYSINFO_UNLIMITED);
    assert_true(limit.has & ZMALLOC_SYSINFO_LIMIT_PARTIAL);
    assert_int_equal(limit.effective_by, ZMALLOC_SYSINFO_BY_RAM);
}

static void v2_namespace_below_the_mount(void **state)
{
    struct zmalloc_sysinfo_limit limit;
    (void)state;
    tree_put("proc/self/cgroup", "0::/\n");
    tree_put("proc/self/mountinfo", "30 27 0:26 /../.. /sys/fs/cgroup rw - cgroup2 none rw\n");
    one_level("sys/fs/cgroup", "10485760\n", "0\n");
    limit = tree_limit(0);
    assert_int_equal(limit.cgroup, 10 * MB);
    assert_true(limit.has & ZMALLOC_SYSINFO_LIMIT_PARTIAL);
}

static void v2_process_outside_of_the_namespace(void **state)
{
    struct zmalloc_sysinfo_limit limit;
    struct zmalloc_sysinfo_level level = {0};
    (void)state;
    tree_put("proc/42/cgroup", "0::/../secret\n");
    tree_put("proc/self/mountinfo", V2_MOUNT);
    one_level("sys/fs/secret", "1\n", "0\n"); /* where a naive join would look */
    limit = tree_limit(42);
    assert_false(limit.has & ZMALLOC_SYSINFO_LIMIT_CGROUP);
    assert_true(limit.has & ZMALLOC_SYSINFO_LIMIT_PARTIAL);
    assert_int_equal(zm_linux_level(tree_root, 42, 0, &level), -ENODATA);
}

/* Of several mounts the one that shows most ancestors counts, whatever its name. */
static void v2_mount_points_are_found(void **state)
{
    (void)state;
    tree_put("proc/self/cgroup", "0::/a/b\n");
    tree_put("proc/self/mountinfo", "1 0 0:26 /a /sub rw - cgroup2 none rw\n"
                                    "2 0 0:26 / /a\\040b\\134 rw master:1 - cgroup2 none rw\n"
                                    "3 0 0:26 /a/b /leaf rw - cgroup2 none rw\n"
                                    "4 0 0:26 /other /other rw - cgroup2 none rw\n"
                                    "5 0 0:26 /a/bc /near rw - cgroup2 none rw\n");
    one_level("a b\\/a", "10485760\n", "0\n");
    one_level("a b\\/a/b", "20971520\n", "0\n");
    one_level("sub/b", "1\n", "0\n");
    one_level("leaf", "1\n", "0\n");
    assert_int_equal(tree_limit(0).cgroup, 10 * MB);
}

static void odd_systems(void **state)
{
    struct zmalloc_sysinfo_limit limit;
    struct zmalloc_sysinfo_level level = {0};
    (void)state;
    tree_put("proc/version", ""); /* a chroot without /proc */
    limit = tree_limit(0);
    assert_true(limit.has & ZMALLOC_SYSINFO_LIMIT_EFFECTIVE);
    assert_true(limit.has & ZMALLOC_SYSINFO_LIMIT_PARTIAL);
    assert_int_equal(zm_linux_level(tree_root, 0, 0, &level), -ENOENT);
    tree_put("proc/self/cgroup", "3:pids:/p\n"); /* a kernel without the memory controller */
    tree_put("proc/self/mountinfo", V2_MOUNT);
    limit = tree_limit(0);
    assert_int_equal(limit.cgroup_version, 0);
    assert_false(limit.has & (ZMALLOC_SYSINFO_LIMIT_CGROUP | ZMALLOC_SYSINFO_LIMIT_PARTIAL));
    assert_int_equal(zm_linux_level(tree_root, 0, 0, &level), -ENOTSUP);
    assert_int_equal(zm_linux_limit(tree_root, 43, &limit), -ESRCH);
    tree_put("proc/self/cgroup", "0::/gone (deleted)\n");
    limit = tree_limit(0);
    assert_true(limit.has & ZMALLOC_SYSINFO_LIMIT_PARTIAL);
    tree_put("proc/meminfo", "MemTotal:  100 kB\nMemAvailable:  7 kB\n");
    limit = tree_limit(0);
    assert_int_equal(limit.headroom, 7 * 1024);
    assert_int_equal(limit.headroom_by, ZMALLOC_SYSINFO_BY_RAM);
}

/* Whatever is missing at the end of a file: an error or a figure that stands in it, never another.
 */
static void files_cut_at_every_byte(void **state)
{
    static const struct {
        const char *path, *text;
    } files[] = {
        {"proc/self/cgroup", "0::/parent\n"},
        {"proc/self/mountinfo", V2_MOUNT},
        {"sys/fs/cgroup/parent/memory.max", "314572800\n"},
        {"sys/fs/cgroup/parent/memory.current", "157286400\n"},
        {"sys/fs/cgroup/parent/memory.stat", STAT_V2},
    };
    (void)state;
    tree_put("sys/fs/cgroup/cgroup.procs", "");
    for (size_t i = 0; i < 5; i++) {
        for (size_t j = 0; j < 5; j++)
            tree_put(files[j].path, files[j].text);
        for (size_t cut = 0; cut <= strlen(files[i].text); cut++) {
            struct zmalloc_sysinfo_limit limit;
            bool known;
            tree_put_bytes(files[i].path, files[i].text, cut);
            limit = tree_limit(0);
            known = limit.has & ZMALLOC_SYSINFO_LIMIT_CGROUP &&
                    limit.cgroup != ZMALLOC_SYSINFO_UNLIMITED;
            if (cut == strlen(files[i].text))
                assert_true(known);
            if (known)
                assert_int_equal(limit.cgroup, 300 * MB);
            else if (i > 0 ||
                     cut) /* an empty list of groups is the only one that says: no controller */
                assert_true(limit.has & ZMALLOC_SYSINFO_LIMIT_PARTIAL);
            if (limit.headroom_by == ZMALLOC_SYSINFO_BY_CGROUP && i != 4)
                assert_int_equal(limit.headroom, 200 * MB);
        }
    }
}

static void values(void **state)
{
    static const struct {
        const char *text;
        int result;
        uint64_t value;
    } cases[] = {
        {"max\n", 0, ZMALLOC_SYSINFO_UNLIMITED},
        {"0\n", 0, 0},
        {"4096\n", 0, 4096},
        {"9223372036854771712\n", 0, ZMALLOC_SYSINFO_UNLIMITED},
        {"9223372036854775807\n", 0, ZMALLOC_SYSINFO_UNLIMITED},
        {"max", -EPROTO, 7},
        {"4096", -EPROTO, 7},
        {"", -EPROTO, 7},
        {"\n", -EPROTO, 7},
        {"maximum\n", -EPROTO, 7},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint64_t value = 7;
        assert_int_equal(zm_cgroup_value(cases[i].text, strlen(cases[i].text), &value),
                         cases[i].result);
        assert_int_equal(value, cases[i].value);
    }
}

static void pressure(void **state)
{
    struct zmalloc_sysinfo_pressure now = {0};
    static const char text[] = "some avg10=1.25 avg60=0.07 avg300=100.00 total=123456\n"
                               "full avg10=0.00 avg60=0.00 avg300=0.01 total=7\n";
    (void)state;
    assert_int_equal(zm_linux_pressure(tree_root, 0, &now), -ENOTSUP);
    tree_put("proc/pressure/memory", text);
    assert_int_equal(zm_linux_pressure(tree_root, 0, &now), 0);
    assert_int_equal(now.has, ZMALLOC_SYSINFO_PRESSURE_SOME | ZMALLOC_SYSINFO_PRESSURE_FULL);
    assert_int_equal(now.some.avg10, 125);
    assert_int_equal(now.some.avg60, 7);
    assert_int_equal(now.some.avg300, 10000);
    assert_int_equal(now.some.total_us, 123456);
    assert_int_equal(now.full.total_us, 7);
    for (size_t cut = 0; cut < sizeof text - 1; cut++) {
        int result;
        memset(&now, 0, sizeof now);
        tree_put_bytes("proc/pressure/memory", text, cut);
        result = zm_linux_pressure(tree_root, 0, &now);
        if (cut && text[cut - 1] == '\n')
            assert_int_equal(result, 0);
        else
            assert_int_equal(result, -EPROTO);
    }
    tree_put("proc/self/cgroup", "0::/parent\n");
    tree_put("proc/self/mountinfo", V2_MOUNT);
    memset(&now, 0, sizeof now);
    assert_int_equal(zm_linux_pressure(tree_root, 1, &now), -ENOTSUP);
    tree_put("sys/fs/cgroup/parent/memory.pressure", text);
    assert_int_equal(zm_linux_pressure(tree_root, 1, &now), 0);
    assert_int_equal(now.some.avg10, 125);
}

int main(void)
{
#define IN_TREE(test) cmocka_unit_test_setup_teardown(test, tree_plant, tree_fell)
    const struct CMUnitTest tests[] = {
        IN_TREE(v2_parent_binds),
        IN_TREE(v2_container_is_partial),
        IN_TREE(v2_namespace_below_the_mount),
        IN_TREE(v2_process_outside_of_the_namespace),
        IN_TREE(v2_mount_points_are_found),
        IN_TREE(odd_systems),
        IN_TREE(files_cut_at_every_byte),
        IN_TREE(pressure),
        cmocka_unit_test(values),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
