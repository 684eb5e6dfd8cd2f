/* Files as they should not be, whichever they are: padded, damaged, unreadable; and lines of those
 * of a process. Whatever is left must be told, and nothing else.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "container.h"
#include "sysinfo/linux/linux.h"
#include "tests/sysinfo/helpers.h"
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define NOBODY   65534

#define PARTIAL  ZMALLOC_SYSINFO_LIMIT_PARTIAL
#define HEADROOM ZMALLOC_SYSINFO_LIMIT_HEADROOM

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
        IN_TREE(a_bad_line_loses_its_own_figure),
        IN_TREE(pressure_lines),
        cmocka_unit_test(not_permitted),
        IN_TREE(damage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
