/* Fixture trees in the place of /, and the path that poisons an fgets loop.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "sysinfo/linux/file.h"
#include "sysinfo/linux/linux.h"
#include "tests/sysinfo/helpers.h"
#include "tree.h"
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static int look(int64_t pid, uint32_t wanted, struct zmalloc_sysinfo_memory *out)
{
    memset(out, 0, sizeof *out);
    return zm_linux_memory(tree_root, pid, wanted, out);
}

static const char statm_text[] = "100 40 30 5 0 90 0\n";
static const char smaps_text[] =
    "55d0c2a00000-55d0c2a02000 r--p 00000000 fe:00 1311                       /usr/bin/cat\n"
    "Size:                  8 kB\nRss:                   8 kB\nPss:                   4 kB\n"
    "Private_Clean:         4 kB\nPrivate_Dirty:         0 kB\n"
    "7ffd1d3f0000-7ffd1d411000 rw-p 00000000 00:00 0                          [stack]\n"
    "Size:                132 kB\nRss:                  20 kB\nPss:                  20 kB\n"
    "Private_Clean:         0 kB\nPrivate_Dirty:        20 kB\nVmFlags: rd wr mr mw me gd ac \n";

static void kernel_before_4_14_has_no_rollup(void **state)
{
    struct zmalloc_sysinfo_memory memory;
    uint64_t bytes = 0;
    (void)state;
    tree_put("proc/self/statm", statm_text);
    tree_put("proc/42/statm", statm_text);
    tree_put("proc/42/smaps", smaps_text);
    assert_int_equal(look(42,
                          ZMALLOC_SYSINFO_RSS | ZMALLOC_SYSINFO_PRIVATE_DIRTY |
                              ZMALLOC_SYSINFO_PRIVATE_RESIDENT | ZMALLOC_SYSINFO_SWAP_PSS,
                          &memory),
                     0);
    assert_int_equal(memory.rss, 40 * sysconf(_SC_PAGESIZE));
    assert_int_equal(memory.private_estimate, 10 * sysconf(_SC_PAGESIZE));
    assert_int_equal(memory.private_dirty, 20 * 1024);
    assert_int_equal(memory.private_resident, 24 * 1024);
    assert_false(memory.has & ZMALLOC_SYSINFO_SWAP_PSS); /* this kernel does not know it */
    assert_int_equal(look(42, ZMALLOC_SYSINFO_SWAP_PSS, &memory), -ENOTSUP);
    assert_int_equal(zm_linux_smaps(tree_root, 42, "Rss", 3, &bytes), 0);
    assert_int_equal(bytes, 28 * 1024);
}

static void what_the_rollup_lacks_comes_from_smaps(void **state)
{
    uint64_t bytes = 0;
    (void)state;
    tree_put("proc/42/smaps", smaps_text);
    tree_put("proc/42/smaps_rollup", "55-7f ---p 00000000 00:00 0    [rollup]\nPss:   1000 kB\n");
    assert_int_equal(zm_linux_smaps(tree_root, 42, "Pss", 3, &bytes), 0);
    assert_int_equal(bytes, 1000 * 1024);
    assert_int_equal(zm_linux_smaps(tree_root, 42, "Size", 4, &bytes), 0);
    assert_int_equal(bytes, 140 * 1024);
    assert_int_equal(zm_linux_smaps(tree_root, 42, "Rss", 3, &bytes), 0);
    assert_int_equal(bytes, 28 * 1024);
    assert_int_equal(zm_linux_smaps(tree_root, 42, "VmFlags", 7, &bytes), -EINVAL);
}

static void errors_of_trees(void **state)
{
    struct zmalloc_sysinfo_memory memory;
    uint64_t bytes;
    (void)state;
    assert_int_equal(look(0, ZMALLOC_SYSINFO_RSS, &memory), -ENOENT);
    tree_put("proc/version", "");
    assert_int_equal(look(0, ZMALLOC_SYSINFO_RSS, &memory), -ENOENT);
    tree_put("proc/self/statm", "0 0 0 0 0 0 0\n");
    assert_int_equal(look(0, ZMALLOC_SYSINFO_RSS, &memory), -ENODATA);
    assert_int_equal(look(42, ZMALLOC_SYSINFO_RSS, &memory), -ESRCH);
    assert_int_equal(look(0, ZMALLOC_SYSINFO_PEAK_RSS, &memory), -ENOTSUP);
    assert_int_equal(look(0, ZMALLOC_SYSINFO_PSS, &memory), -ENOTSUP);
    assert_int_equal(zm_linux_smaps(tree_root, 0, "Pss", 3, &bytes), -ENOTSUP);
    tree_put("proc/42/statm", "100 18446744073709551615 0 0 0 0 0\n");
    assert_int_equal(look(42, ZMALLOC_SYSINFO_RSS, &memory), -EPROTO);
    tree_put("proc/42/statm", "");
    assert_int_equal(look(42, ZMALLOC_SYSINFO_RSS, &memory), -EPROTO);
    tree_put("proc/42/status", "Name:\tx\nVmHWM:\t12\n");
    assert_int_equal(look(42, ZMALLOC_SYSINFO_PEAK_RSS, &memory), -EPROTO);
    tree_put("proc/42/smaps_rollup", "Private_Dirty:  1");
    assert_int_equal(look(42, ZMALLOC_SYSINFO_PRIVATE_DIRTY, &memory), -EPROTO);
}

static void a_race_does_not_underflow_the_estimate(void **state)
{
    struct zmalloc_sysinfo_memory memory;
    (void)state;
    tree_put("proc/self/statm", "100 30 40 5 0 90 0\n");
    assert_int_equal(look(0, ZMALLOC_SYSINFO_RSS | ZMALLOC_SYSINFO_PRIVATE_ESTIMATE, &memory), 0);
    assert_int_equal(memory.has & ZMALLOC_SYSINFO_PRIVATE_ESTIMATE, 0);
}

static void peak_is_never_below_rss(void **state)
{
    struct zmalloc_sysinfo_memory memory;
    (void)state;
    tree_put("proc/self/statm", statm_text);
    tree_put("proc/self/status", "Name:\tx\nVmHWM:\t  12 kB\n");
    assert_int_equal(look(0, ZMALLOC_SYSINFO_RSS | ZMALLOC_SYSINFO_PEAK_RSS, &memory), 0);
    assert_int_equal(memory.peak_rss, memory.rss);
    assert_int_equal(look(0, ZMALLOC_SYSINFO_PEAK_RSS, &memory), 0);
    assert_int_equal(memory.peak_rss, 12 * 1024);
}

/* The supplementary groups come before the figures and may fill many pages. */
static void status_with_65536_groups(void **state)
{
    struct zmalloc_sysinfo_memory memory;
    size_t groups = 65536 * 6;
    char *text = malloc(groups + 64);
    (void)state;
    assert_non_null(text);
    memcpy(text, "Groups:", 7);
    for (size_t i = 0; i < 65536; i++)
        memcpy(text + 7 + i * 6, " 65535", 6);
    strcpy(text + 7 + groups, "\nVmHWM:\t  12 kB\nRssAnon:\t  8 kB\n");
    tree_put("proc/self/status", text);
    free(text);
    assert_int_equal(look(0, ZMALLOC_SYSINFO_PEAK_RSS | ZMALLOC_SYSINFO_ANONYMOUS, &memory), 0);
    assert_int_equal(memory.peak_rss, 12 * 1024);
    assert_int_equal(memory.anonymous, 8 * 1024);
}

/* What the classic loop of Redis makes of it, so that the path is known to be poisonous. */
static uint64_t classic_loop(void)
{
    char line[1024];
    uint64_t sum = 0;
    FILE *file = fopen("/proc/self/smaps", "r");
    assert_non_null(file);
    while (fgets(line, sizeof line, file)) {
        if (!strncmp(line, "Private_Dirty:", 14))
            sum += strtoull(line + 14, NULL, 10) * 1024;
    }
    fclose(file);
    return sum;
}

static void mapped_file_with_a_poisonous_path(void **state)
{
    static const char poison[] = "Private_Dirty: 999999999 kB";
    char path[2048];
    size_t length = strlen(tree_top);
    struct zm_kb_sums sums = {.names = {{"Private_Dirty", 13}}, .count = 1};
    uint64_t rollup = 0;
    void *block;
    int fd;
    (void)state;
    memcpy(path, tree_top, length);
    while (length < 950) { /* a map line has 73 characters before the path: 1023 in all */
        size_t piece = 950 - length > 200 ? 100 : 950 - length;
        path[length] = '/';
        memset(path + length + 1, 'a', piece - 1);
        if (length + piece == 950) {
            memcpy(path + 950, poison, sizeof poison);
        } else {
            path[length + piece] = '\0';
            assert_int_equal(mkdir(path, 0700), 0);
        }
        length += piece;
    }
    fd = open(path, O_RDWR | O_CREAT, 0600);
    assert_true(fd >= 0);
    assert_int_equal(ftruncate(fd, 4096), 0);
    block = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, fd, 0);
    assert_true(block != MAP_FAILED);
    assert_true(classic_loop() > 900000 * MB);
    assert_int_equal(zm_linux_walk(ZM_ROOT, 0, "smaps", &sums), 0);
    assert_int_equal(zmalloc_sysinfo_smaps(0, "Private_Dirty", &rollup), 0);
    assert_near(sums.bytes[0], rollup, MB);
    munmap(block, 4096);
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(kernel_before_4_14_has_no_rollup, tree_plant, tree_fell),
        cmocka_unit_test_setup_teardown(what_the_rollup_lacks_comes_from_smaps, tree_plant,
                                        tree_fell),
        cmocka_unit_test_setup_teardown(errors_of_trees, tree_plant, tree_fell),
        cmocka_unit_test_setup_teardown(a_race_does_not_underflow_the_estimate, tree_plant,
                                        tree_fell),
        cmocka_unit_test_setup_teardown(peak_is_never_below_rss, tree_plant, tree_fell),
        cmocka_unit_test_setup_teardown(status_with_65536_groups, tree_plant, tree_fell),
        cmocka_unit_test_setup_teardown(mapped_file_with_a_poisonous_path, tree_plant, tree_fell),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
