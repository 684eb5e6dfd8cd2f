/* Files of cgroups and processes as they should not be: padded, damaged, contradicting each other,
 * unreadable. Whatever is left must be told, and nothing else.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "helpers.h"
#include "sysinfo/linux.h"
#include "tree.h"
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define NOBODY   65534

#define V2_MOUNT "30 27 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw\n"
#define V1_MOUNT "35 27 0:31 /docker /cg ro - cgroup cgroup rw,memory\n"

#define PARTIAL  ZMALLOC_SYSINFO_LIMIT_PARTIAL
#define HEADROOM ZMALLOC_SYSINFO_LIMIT_HEADROOM

static const struct file {
    const char *path, *text;
} files[] = {
    {"proc/meminfo", "MemTotal:  307200 kB\nMemAvailable:  292969 kB\n"},
    {"proc/self/cgroup", "1:name=systemd:/x\n0::/parent/child\n"},
    {"proc/self/mountinfo", "27 24 0:22 / /sys rw - sysfs sysfs rw\n" V2_MOUNT},
    {"sys/fs/cgroup/parent/memory.max", "209715200\n"},
    {"sys/fs/cgroup/parent/memory.current", "157286400\n"},
    {"sys/fs/cgroup/parent/memory.stat", "anon 1000\ninactive_file 52428800\nslab 7\n"},
    {"sys/fs/cgroup/parent/cgroup.events", "populated 1\n"},
    {"sys/fs/cgroup/parent/child/memory.max", "max\n"},
    {"sys/fs/cgroup/parent/child/memory.high", "max\n"},
    {"sys/fs/cgroup/parent/child/memory.current", "104857600\n"},
    {"sys/fs/cgroup/parent/child/memory.swap.max", "4096\n"},
    {"sys/fs/cgroup/parent/child/memory.swap.current", "0\n"},
    {"sys/fs/cgroup/parent/child/memory.stat", "inactive_file 50\n"},
    {"sys/fs/cgroup/parent/child/memory.pressure",
     "some avg10=1.25 avg60=0.07 avg300=100.00 total=123456\n"
     "full avg10=0.00 avg60=0.00 avg300=0.01 total=7\n"},
    {"proc/self/statm", "100 40 30 5 0 90 0\n"},
    {"proc/self/status", "Name:\tx\nVmHWM:\t  400 kB\nRssAnon:\t  8 kB\nVmPTE:\t  4 kB\n"},
    {"proc/self/smaps_rollup", "5-7 ---p 0 0:0 0 [rollup]\nPss:  9 kB\nPrivate_Clean:  1 kB\n"
                               "Private_Dirty:  3 kB\nShared_Dirty:  0 kB\n"},
};
enum { FILES = sizeof files / sizeof *files };

static void plant_all(void)
{
    tree_put("sys/fs/cgroup/cgroup.procs", "");
    for (int i = 0; i < FILES; i++)
        tree_put(files[i].path, files[i].text);
}

/* All that this module tells. */
struct answers {
    struct zmalloc_sysinfo_limit limit;
    struct zmalloc_sysinfo_level level[3];
    struct zmalloc_sysinfo_pressure pressure;
    struct zmalloc_sysinfo_memory memory;
    int results[6];
};

static void ask_all(struct answers *a)
{
    memset(a, 0, sizeof *a);
    a->results[0] = zm_linux_limit(tree_root, 0, &a->limit);
    for (uint32_t i = 0; i < 3; i++)
        a->results[1 + i] = zm_linux_level(tree_root, 0, i, &a->level[i]);
    a->results[4] = zm_linux_pressure(tree_root, 1, &a->pressure);
    a->results[5] = zm_linux_memory(tree_root, 0, ZMALLOC_SYSINFO_ALL, &a->memory);
}

static void what_is_right(void **state)
{
    struct answers a;
    (void)state;
    plant_all();
    ask_all(&a);
    for (int i = 0; i < 6; i++)
        assert_int_equal(a.results[i], 0);
    assert_int_equal(a.limit.effective, 200 * MB);
    assert_int_equal(a.limit.headroom, 100 * MB);
    assert_int_equal(a.limit.effective_level, 1);
    assert_int_equal(a.limit.has & PARTIAL, 0);
    assert_int_equal(a.pressure.some.avg10, 125);
    assert_int_equal(a.memory.private_resident, 4 * 1024);
}

/* A file system in user space may pad its files to whatever size: nothing changes. */
static void every_file_padded_with_nul_bytes(void **state)
{
    static const size_t counts[] = {1, 50, 300, 4096, 9000};
    struct answers right, now;
    (void)state;
    plant_all();
    ask_all(&right);
    for (int i = 0; i < FILES; i++) {
        size_t length = strlen(files[i].text);
        char *padded = calloc(1, length + 9000);
        assert_non_null(padded);
        memcpy(padded, files[i].text, length);
        for (size_t j = 0; j < sizeof counts / sizeof *counts; j++) {
            tree_put_bytes(files[i].path, padded, length + counts[j]);
            ask_all(&now);
            if (memcmp(&now, &right, sizeof now))
                fail_msg("%s with %zu NUL bytes is read otherwise", files[i].path, counts[j]);
        }
        free(padded);
        tree_put(files[i].path, files[i].text);
    }
}

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

/* ---- processes ---- */

static void a_bad_line_loses_its_own_figure(void **state)
{
    struct zmalloc_sysinfo_memory memory = {0};
    (void)state;
    tree_put("proc/self/status", "Name:\tx\nVmHWM:\t  many kB\nRssAnon:\t  8 kB\nVmSwap:\t  0");
    assert_int_equal(zm_linux_memory(tree_root, 0, ZMALLOC_SYSINFO_ANONYMOUS, &memory), 0);
    assert_int_equal(memory.anonymous, 8 * 1024);
    memset(&memory, 0, sizeof memory);
    assert_int_equal(zm_linux_memory(tree_root, 0, ZMALLOC_SYSINFO_PEAK_RSS, &memory), -EPROTO);
    memset(&memory, 0, sizeof memory);
    assert_int_equal(zm_linux_memory(tree_root, 0, ZMALLOC_SYSINFO_SWAP, &memory), -EPROTO);
    /* A sum over mappings is another matter: with one missing it is too low. */
    tree_put("proc/self/smaps_rollup", "Private_Dirty:  3 kB\nPss:  many kB\n");
    memset(&memory, 0, sizeof memory);
    assert_int_equal(zm_linux_memory(tree_root, 0, ZMALLOC_SYSINFO_PRIVATE_DIRTY, &memory),
                     -EPROTO);
}

static void pressure_lines(void **state)
{
    static const struct {
        const char *text;
        int result;
        uint32_t has;
    } cases[] = {
        {"some avg300=1.00 total=5 avg60=2.00 avg10=3.00\n", 0, ZMALLOC_SYSINFO_PRESSURE_SOME},
        {"some avg10=3.00 avg60=2.00 avg300=1.00 total=5 avg600=0.10\n", 0,
         ZMALLOC_SYSINFO_PRESSURE_SOME},
        {"noise\nfull avg10=3.00 avg60=2.00 avg300=1.00 total=5\nsome avg10=x\n", 0,
         ZMALLOC_SYSINFO_PRESSURE_FULL},
        {"some avg10=3.00 avg60=2.00 avg300=1.00\n", -EPROTO, 0},
        {"some avg10=3.00 avg60=2.00 avg300=100.01 total=5\n", -EPROTO, 0},
        {"some avg10=3.0 avg60=2.00 avg300=1.00 total=5\n", -EPROTO, 0},
        {"some avg10=3.00 avg60=2.00 avg300=1.00 total=-5\n", -EPROTO, 0},
        {"some avg10=3.00x avg60=2.00 avg300=1.00 total=5\n", -EPROTO, 0},
        {"somewhat avg10=3.00 avg60=2.00 avg300=1.00 total=5\n", -EPROTO, 0},
        {"some\nfull \n", -EPROTO, 0},
        {"", -EPROTO, 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct zmalloc_sysinfo_pressure now = {0};
        tree_put("proc/pressure/memory", cases[i].text);
        if (zm_linux_pressure(tree_root, 0, &now) != cases[i].result || now.has != cases[i].has)
            fail_msg("'%s' is read otherwise", cases[i].text);
        if (now.has & ZMALLOC_SYSINFO_PRESSURE_SOME)
            assert_int_equal(now.some.avg10 + now.some.total_us, 305);
    }
}

/* ---- not permitted ---- */

static void set_mode(const struct file *file, mode_t mode)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s", tree_top, file->path);
    assert_int_equal(chmod(path, mode), 0);
}

static int unreadable_files(void)
{
    struct answers a;
    void *none = NULL;
    if (!geteuid() && (setgid(NOBODY) || setuid(NOBODY)))
        return 1;
    if (tree_plant(&none))
        return 2;
    plant_all();
    for (int i = 0; i < FILES; i++)
        set_mode(&files[i], 0);
    ask_all(&a);
    if (a.results[0] || !(a.limit.has & PARTIAL) || a.limit.has & HEADROOM)
        return 3; /* RAM is still known: by sysinfo(2) */
    for (int i = 1; i < 6; i++)
        if (a.results[i] != -EACCES)
            return 3 + i;
    for (int i = 0; i < FILES; i++)
        set_mode(&files[i], 0600);
    for (int i = 0; i < FILES; i++) { /* what is told without one of them is still right */
        set_mode(&files[i], 0);
        ask_all(&a);
        set_mode(&files[i], 0600);
        if (a.results[0] || a.limit.effective < 200 * MB)
            return 10;
        if (a.limit.has & HEADROOM && a.limit.headroom > a.limit.effective)
            return 11;
        if (strstr(files[i].path, "memory.current") && !(a.limit.has & PARTIAL))
            return 12;
    }
    return tree_fell(&none) ? 13 : 0;
}

static void not_permitted(void **state)
{
    int status;
    pid_t child = fork();
    (void)state;
    assert_true(child >= 0);
    if (!child)
        _exit(unreadable_files());
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

/* ---- anything ---- */

static uint64_t next(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

static void assert_possible(const struct answers *a)
{
    assert_int_equal(a->results[0], 0); /* RAM is known in any case */
    assert_true(a->limit.effective > 0 || a->limit.effective_by == ZMALLOC_SYSINFO_BY_CGROUP);
    assert_true(a->limit.effective <= a->limit.ram);
    if (a->limit.has & ZMALLOC_SYSINFO_LIMIT_AVAILABLE)
        assert_true(a->limit.available <= a->limit.ram);
    if (a->limit.has & HEADROOM)
        assert_true(a->limit.headroom <= a->limit.effective);
    for (int i = 0; i < 3; i++) {
        const struct zmalloc_sysinfo_level *level = &a->level[i];
        if (level->has & ZMALLOC_SYSINFO_LEVEL_HEADROOM)
            assert_true(level->headroom <= level->limit);
        if (level->has & ZMALLOC_SYSINFO_LEVEL_USAGE)
            assert_true(level->cache <= level->usage);
    }
    assert_true(a->pressure.some.avg10 <= 10000 && a->pressure.full.avg300 <= 10000);
    if (a->memory.has & ZMALLOC_SYSINFO_PEAK_RSS && a->memory.has & ZMALLOC_SYSINFO_RSS)
        assert_true(a->memory.peak_rss >= a->memory.rss);
}

/* Bytes of two files are changed, taken out or doubled, a thousand times over. */
static void damage(void **state)
{
    static const char letters[] = "0123456789 \n:/-.\0kBmaxv";
    uint64_t seed = 0x9e3779b97f4a7c15;
    struct answers a;
    (void)state;
    plant_all();
    for (int round = 0; round < 1000; round++) {
        const struct file *damaged[2];
        for (int f = 0; f < 2; f++) {
            const struct file *file = damaged[f] = &files[next(&seed) % FILES];
            char text[512];
            size_t length = strlen(file->text), at = next(&seed) % length;
            memcpy(text, file->text, length + 1);
            for (uint64_t n = next(&seed) % 4; n > 0; n--)
                text[next(&seed) % length] = letters[next(&seed) % (sizeof letters - 1)];
            if (next(&seed) % 3 == 0)
                memmove(text + at, text + at + 1, --length - at);
            if (next(&seed) % 3 == 0) {
                memmove(text + at + 1, text + at, length - at);
                length++;
            }
            if (next(&seed) % 5 == 0)
                length = at;
            tree_put_bytes(file->path, text, length);
        }
        ask_all(&a);
        assert_possible(&a);
        for (int f = 0; f < 2; f++)
            tree_put(damaged[f]->path, damaged[f]->text);
    }
}

int main(void)
{
#define IN_TREE(test) cmocka_unit_test_setup_teardown(test, tree_plant, tree_fell)
    const struct CMUnitTest tests[] = {
        IN_TREE(what_is_right),
        IN_TREE(every_file_padded_with_nul_bytes),
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
        IN_TREE(a_bad_line_loses_its_own_figure),
        IN_TREE(pressure_lines),
        cmocka_unit_test(not_permitted),
        IN_TREE(damage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
