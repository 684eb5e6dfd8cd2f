/* Files of cgroups as they should not be: other shapes, values that are none, files that contradict
 * each other, groups that are hard to find. Whatever is left must be told, and nothing else.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "container.h"
#include "sysinfo/linux/linux.h"
#include "tests/sysinfo/helpers.h"
#include <unistd.h>

#define V1_MOUNT "35 27 0:31 /docker /cg ro - cgroup cgroup rw,memory\n"

#define PARTIAL  ZMALLOC_SYSINFO_LIMIT_PARTIAL
#define HEADROOM ZMALLOC_SYSINFO_LIMIT_HEADROOM

/* ---- values of a level ---- */

static struct zmalloc_sysinfo_level level_with(const char *file, const char *text, int result)
{
    struct zmalloc_sysinfo_level level = {0};
    char path[128];
    plant_all();
    snprintf(path, sizeof path, "sys/fs/cgroup/parent/%s", file);
    if (text)
        tree_put(path, text);
    else
        assert_int_equal(unlinkat(tree_root, path, 0), 0);
    assert_int_equal(zm_linux_level(tree_root, 0, 1, &level), result);
    return level;
}

static void blanks_around_a_value(void **state)
{
    static const char *const texts[] = {"209715200 \n", "  209715200\n", "\t209715200\t \n",
                                        "209715200\n\n\n", "209715200\nnoise"};
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        assert_int_equal(level_with("memory.max", texts[i], 0).headroom, 100 * MB);
    assert_int_equal(level_with("memory.max", " max \n", 0).limit, ZMALLOC_SYSINFO_UNLIMITED);
}

static void values_that_are_none(void **state)
{
    static const char *const texts[] = {
        "",       "\n",      "209715200",     "-1\n",
        "2 0\n",  "0x10\n",  "unlimited\n",   "maxi\n",
        "200M\n", "max 1\n", "209715200\r\n", "99999999999999999999\n"};
    struct zmalloc_sysinfo_limit limit;
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct zmalloc_sysinfo_level level = level_with("memory.max", texts[i], -EPROTO);
        assert_int_equal(level.has & (ZMALLOC_SYSINFO_LEVEL_LIMIT | ZMALLOC_SYSINFO_LEVEL_HEADROOM),
                         0);
        assert_int_equal(level.usage, 150 * MB); /* the others stay */
        limit = tree_limit(0);
        assert_true(limit.has & PARTIAL);
        assert_int_equal(limit.cgroup, ZMALLOC_SYSINFO_UNLIMITED);
        assert_int_equal(limit.effective_by, ZMALLOC_SYSINFO_BY_RAM);
    }
}

/* Limits can be without end, amounts can't: an old v1 kernel showed one that had gone below 0. */
static void amounts_without_end(void **state)
{
    static const char *const texts[] = {"max\n", "18446744073709486080\n", "9223372036854775807\n"};
    struct zmalloc_sysinfo_limit limit;
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct zmalloc_sysinfo_level level = level_with("memory.current", texts[i], -EPROTO);
        assert_int_equal(level.limit, 200 * MB);
        assert_int_equal(level.usage, 0);
        assert_int_equal(level.has & (ZMALLOC_SYSINFO_LEVEL_USAGE | ZMALLOC_SYSINFO_LEVEL_HEADROOM),
                         0);
        limit = tree_limit(0); /* more is available, but it can't be left of 200 MB */
        assert_int_equal(limit.effective, 200 * MB);
        assert_int_equal(limit.has & HEADROOM, 0);
        assert_true(limit.has & PARTIAL);
    }
}

static void files_that_contradict_each_other(void **state)
{
    struct zmalloc_sysinfo_level level = level_with("memory.current", "209715201\n", 0);
    (void)state;
    assert_int_equal(level.headroom, 50 * MB - 1);
    level = level_with("memory.current", "309715200\n", 0); /* above the limit */
    assert_int_equal(level.headroom, 0);
    assert_true(level.has & ZMALLOC_SYSINFO_LEVEL_HEADROOM);
    level = level_with("memory.current", "52428799\n", 0); /* the cache is more than all */
    assert_int_equal(level.has & ZMALLOC_SYSINFO_LEVEL_CACHE, 0);
    assert_int_equal(level.cache, 0);
    assert_int_equal(level.headroom, 150 * MB + 1);
    level = level_with("memory.current", "52428800\n", 0);
    assert_int_equal(level.headroom, 200 * MB);
    level = level_with("memory.max", "0\n", 0);
    assert_int_equal(level.headroom, 0);
    level = level_with("memory.max", "1152921504606846976\n", 0); /* more than there is */
    assert_int_equal(tree_limit(0).effective, 300 * MB);
    assert_int_equal(tree_limit(0).effective_by, ZMALLOC_SYSINFO_BY_RAM);
    assert_int_equal(tree_limit(0).headroom, (uint64_t)292969 * 1024);
}

static void stat_with_bad_lines(void **state)
{
    struct zmalloc_sysinfo_level level = level_with("memory.stat", "", 0);
    (void)state;
    assert_int_equal(level.has & ZMALLOC_SYSINFO_LEVEL_CACHE, 0);
    assert_int_equal(level.headroom, 50 * MB);
    level = level_with("memory.stat", NULL, 0);
    assert_int_equal(level.headroom, 50 * MB);
    level = level_with("memory.stat", "inactive_file -5\n", -EPROTO);
    assert_int_equal(level.headroom, 50 * MB);
    level = level_with("memory.stat", "inactive_file 99999999999999999999\n", -EPROTO);
    assert_int_equal(level.headroom, 50 * MB);
    level = level_with("memory.stat", "\ninactive_file\n:\n \ninactive_file 52428800\n", 0);
    assert_int_equal(level.headroom, 100 * MB);
    level = level_with("memory.stat", "total 1 2 3\ninactive_file 52428800\n", 0);
    assert_int_equal(level.headroom, 100 * MB);
}

/* The controller is off for the leaf, which is nothing unusual: its parent still binds. */
static void a_level_without_the_controller(void **state)
{
    static const char *const gone[] = {"memory.max",      "memory.high",         "memory.current",
                                       "memory.swap.max", "memory.swap.current", "memory.stat"};
    struct zmalloc_sysinfo_limit limit;
    struct zmalloc_sysinfo_level level = {0};
    (void)state;
    plant_all();
    for (size_t i = 0; i < sizeof gone / sizeof *gone; i++) {
        char path[128];
        snprintf(path, sizeof path, "sys/fs/cgroup/parent/child/%s", gone[i]);
        assert_int_equal(unlinkat(tree_root, path, 0), 0);
    }
    limit = tree_limit(0);
    assert_int_equal(limit.effective, 200 * MB);
    assert_int_equal(limit.headroom, 100 * MB);
    assert_int_equal(limit.has & PARTIAL, 0);
    assert_int_equal(zm_linux_level(tree_root, 0, 0, &level), 0);
    assert_int_equal(level.has, ZMALLOC_SYSINFO_LEVEL_PATH);
}

/* The limit of a v1 group that is not mounted here is known, and that it uses at least what its
 * only child in sight uses. */
static void what_is_left_of_a_hidden_group(void **state)
{
    struct zmalloc_sysinfo_limit limit;
    (void)state;
    tree_put("proc/meminfo", files[0].text);
    tree_put("proc/self/cgroup", "5:memory:/docker\n");
    tree_put("proc/self/mountinfo", V1_MOUNT);
    tree_put("cg/memory.limit_in_bytes", "104857600\n");
    tree_put("cg/memory.usage_in_bytes", "52428800\n");
    tree_put("cg/memory.stat",
             "hierarchical_memory_limit 83886080\ntotal_inactive_file 10485760\n");
    limit = tree_limit(0);
    assert_int_equal(limit.effective, 80 * MB);
    assert_int_equal(limit.headroom, 40 * MB);
    assert_int_equal(limit.headroom_level, ZMALLOC_SYSINFO_LEVEL_HIDDEN);
    unlinkat(tree_root, "cg/memory.usage_in_bytes", 0);
    limit = tree_limit(0);
    assert_int_equal(limit.effective, 80 * MB);
    assert_int_equal(limit.has & HEADROOM, 0);
}

/* ---- where the group lies ---- */

/* A line that can't be read hides itself: the others still lead to the group, and it is said that
 * there may be more. */
static void lines_that_can_not_be_read(void **state)
{
    static const struct file bad[] = {
        {"proc/self/cgroup", "noise\n0::/parent/child\n"},
        {"proc/self/cgroup", "\n0::/parent/child\n"},
        {"proc/self/cgroup", "0::/parent/child\n5:mem"},
        {"proc/self/cgroup", "5:memory:relative\n0::/parent/child\n"},
        {"proc/self/mountinfo", "noise\n" V2_MOUNT},
        {"proc/self/mountinfo", "\n" V2_MOUNT "\n"},
        {"proc/self/mountinfo", V2_MOUNT "31 27 0:27 / /else"},
        {"proc/self/mountinfo", "1 2 3 4 5 6 7 8 9 10 11 12\n" V2_MOUNT},
    };
    struct zmalloc_sysinfo_limit limit;
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        plant_all();
        tree_put(bad[i].path, bad[i].text);
        limit = tree_limit(0);
        assert_int_equal(limit.effective, 200 * MB);
        assert_int_equal(limit.headroom, 100 * MB);
        assert_true(limit.has & PARTIAL);
    }
}

static void only_octal_is_an_escape(void **state)
{
    (void)state;
    plant_all();
    tree_put("proc/self/cgroup", "0::/\n");
    tree_put("proc/self/mountinfo", "30 27 0:26 / /m\\x41\\089\\04 rw - cgroup2 cgroup2 rw\n");
    tree_put("m\\x41\\089\\04/memory.max", "1048576\n");
    assert_int_equal(tree_limit(0).cgroup, MB);
}

/* A mount that lies too deep for us must not spoil the path of one that was found. */
static void a_mount_too_deep(void **state)
{
    char name[201], deep[901], text[2048];
    (void)state;
    plant_all();
    memset(name, 'n', sizeof name - 1);
    memset(deep, 'd', sizeof deep - 1);
    name[sizeof name - 1] = deep[sizeof deep - 1] = '\0';
    snprintf(text, sizeof text, "0::/parent/%s\n", name);
    tree_put("proc/self/cgroup", text);
    snprintf(text, sizeof text,
             "29 27 0:26 /parent /sys/fs/cgroup/parent rw - cgroup2 c rw\n"
             "31 27 0:27 / /%s rw - cgroup2 c rw\n",
             deep);
    tree_put("proc/self/mountinfo", text);
    assert_int_equal(tree_limit(0).cgroup, 200 * MB);
    assert_true(tree_limit(0).has & PARTIAL);
}

int main(void)
{
#define IN_TREE(test) cmocka_unit_test_setup_teardown(test, tree_plant, tree_fell)
    const struct CMUnitTest tests[] = {
        IN_TREE(blanks_around_a_value),
        IN_TREE(values_that_are_none),
        IN_TREE(amounts_without_end),
        IN_TREE(files_that_contradict_each_other),
        IN_TREE(stat_with_bad_lines),
        IN_TREE(a_level_without_the_controller),
        IN_TREE(what_is_left_of_a_hidden_group),
        IN_TREE(lines_that_can_not_be_read),
        IN_TREE(only_octal_is_an_escape),
        IN_TREE(a_mount_too_deep),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
