/* /proc/meminfo as containers show it: lxcfs, LXC, systems without MemAvailable, and files that
 * somebody has damaged or put there. sysinfo(2) is the second source, and is this machine's own.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "sysinfo/linux/linux.h"
#include "sysinfo/os.h"
#include "tests/sysinfo/helpers.h"
#include "tree.h"
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define KB       1024
#define UNKNOWN  UINT64_MAX /* the file tells no such figure */

#define V2_MOUNT "30 27 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw\n"

static uint64_t ram_of_machine(void)
{
    uint64_t bytes;
    assert_int_equal(zm_os_ram(&bytes), 0);
    assert_true(bytes > 300 * MB);
    return bytes;
}

/* What must hold whatever is in the files. */
static void assert_possible(const struct zmalloc_sysinfo_limit *limit)
{
    assert_true(limit->has & ZMALLOC_SYSINFO_LIMIT_RAM);
    assert_true(limit->ram > 0 && limit->ram <= ram_of_machine());
    assert_true(limit->has & ZMALLOC_SYSINFO_LIMIT_EFFECTIVE);
    assert_true(limit->effective <= limit->ram);
    if (limit->has & ZMALLOC_SYSINFO_LIMIT_AVAILABLE)
        assert_true(limit->available <= limit->ram);
    else
        assert_int_equal(limit->available, 0);
    if (limit->has & ZMALLOC_SYSINFO_LIMIT_HEADROOM)
        assert_true(limit->headroom <= limit->effective);
    else
        assert_int_equal(limit->headroom | limit->headroom_by | limit->headroom_level, 0);
}

/* `total` and `available`: what the file that lies there must be taken to tell. */
static void expect(const char *what, uint64_t total, uint64_t available)
{
    struct zmalloc_sysinfo_limit limit = tree_limit(0);
    uint64_t machine = ram_of_machine();
    assert_possible(&limit);
    if (limit.ram != (total < machine ? total : machine))
        fail_msg("%s: RAM is told as %llu", what, (unsigned long long)limit.ram);
    assert_int_equal(limit.effective, limit.ram);
    assert_int_equal(limit.effective_by, ZMALLOC_SYSINFO_BY_RAM);
    if (available != (limit.has & ZMALLOC_SYSINFO_LIMIT_AVAILABLE ? limit.available : UNKNOWN))
        fail_msg("%s: available is told as %llu", what, (unsigned long long)limit.available);
    assert_int_equal(!(limit.has & ZMALLOC_SYSINFO_LIMIT_HEADROOM), available == UNKNOWN);
    if (available != UNKNOWN) {
        assert_int_equal(limit.headroom, available);
        assert_int_equal(limit.headroom_by, ZMALLOC_SYSINFO_BY_RAM);
    }
}

static void a_v2_group(const char *limit)
{
    tree_put("proc/self/cgroup", "0::/group\n");
    tree_put("proc/self/mountinfo", V2_MOUNT);
    tree_put("sys/fs/cgroup/group/memory.max", limit);
    tree_put("sys/fs/cgroup/group/memory.current", "104857600\n");
}

/* Kernels before 3.14, OpenVZ, WSL 1, FreeBSD's linprocfs. A group without a limit used to make the
 * headroom unlimited. */
static void available_is_missing(void **state)
{
    struct zmalloc_sysinfo_limit limit;
    (void)state;
    tree_put("proc/meminfo", "MemTotal:  204800 kB\nMemFree:  102400 kB\nBuffers:  7 kB\n");
    expect("no group", 200 * MB, UNKNOWN);
    a_v2_group("max\n");
    expect("a group without a limit", 200 * MB, UNKNOWN);
    a_v2_group("157286400\n");
    limit = tree_limit(0); /* what is left of the group's limit is known all the same */
    assert_possible(&limit);
    assert_int_equal(limit.headroom, 50 * MB);
    assert_int_equal(limit.headroom_by, ZMALLOC_SYSINFO_BY_CGROUP);
    a_v2_group("314572800\n"); /* 200 MB are left of it, and that is all the RAM there is */
    limit = tree_limit(0);
    assert_possible(&limit);
    assert_int_equal(limit.headroom, 200 * MB);
    a_v2_group("314572801\n");
    expect("a group with more than the machine", 200 * MB, UNKNOWN);
}

static void lxcfs_shows_the_containers_limit(void **state)
{
    (void)state;
    tree_put("proc/meminfo", "MemTotal:         262144 kB\nMemFree:          253100 kB\n"
                             "MemAvailable:     254000 kB\nBuffers:               0 kB\n");
    expect("lxcfs", 256 * MB, 254000 * KB);
}

/* sysinfo(2) may be the one that knows the container, and the file the host's. */
static void the_file_shows_a_larger_machine(void **state)
{
    (void)state;
    tree_put("proc/meminfo", "MemTotal:     1099511627776 kB\nMemAvailable: 999511627776 kB\n");
    expect("a larger machine", UNKNOWN, UNKNOWN);
    tree_put("proc/meminfo", "MemTotal:     1099511627776 kB\nMemAvailable: 1000 kB\n");
    expect("a larger machine that is full", UNKNOWN, 1000 * KB);
}

/* Each text is another's invention. A figure that is no good loses itself only. */
static void texts(void **state)
{
    static const struct {
        const char *text;
        uint64_t total, available; /* KB */
    } cases[] = {
        {"", UNKNOWN, UNKNOWN},
        {"\n\n\n", UNKNOWN, UNKNOWN},
        {"MemTotal:  200 kB\nMemAvailable:  100 kB\n", 200, 100},
        {"MemAvailable:  100 kB\nBuffers:  1 kB\nMemTotal:  200 kB\n", 200, 100},
        {"MemTotal:200 kB\nMemAvailable:\t100 kB\n", 200, 100},
        /* cut: what has come whole counts */
        {"MemTotal:  200 kB\nMemAvailable:  100 kB", 200, UNKNOWN},
        {"MemTotal:  200 kB\nMemAvailable:  1", 200, UNKNOWN},
        {"MemTotal:  200 kB\nMemAvailable:  100 kB\nBuff", 200, 100},
        {"MemTotal:  2", UNKNOWN, UNKNOWN},
        /* impossible figures */
        {"MemTotal:  200 kB\nMemAvailable:  201 kB\n", 200, UNKNOWN},
        {"MemTotal:  200 kB\nMemAvailable:  200 kB\n", 200, 200},
        {"MemTotal:  200 kB\nMemAvailable:  0 kB\n", 200, 0},
        {"MemTotal:  0 kB\nMemAvailable:  100 kB\n", UNKNOWN, 100},
        {"MemTotal:  200 kB\nMemAvailable:  -100 kB\n", 200, UNKNOWN},
        {"MemTotal:  -1 kB\nMemAvailable:  100 kB\n", UNKNOWN, 100},
        {"MemTotal:  200 kB\nMemAvailable:  18446744073709551612 kB\n", 200, UNKNOWN},
        {"MemTotal:  99999999999999999999999 kB\nMemAvailable:  100 kB\n", UNKNOWN, 100},
        {"MemTotal:  1e3 kB\nMemAvailable:  100.5 kB\n", UNKNOWN, UNKNOWN},
        /* other units, other names, other line ends */
        {"MemTotal:  204800\nMemAvailable:  102400\n", UNKNOWN, UNKNOWN},
        {"MemTotal:  200 MB\nMemAvailable:  100 kB\n", UNKNOWN, 100},
        {"MemTotal:  200 KB\r\nMemAvailable:  100 kB\r\n", UNKNOWN, UNKNOWN},
        {"memtotal:  200 kB\nMem Available:  100 kB\n", UNKNOWN, UNKNOWN},
        {"Node 0 MemTotal:  200 kB\n MemAvailable:  100 kB\n", UNKNOWN, UNKNOWN},
        {"        total:    used:\nMem:  200 100\nMemTotal:  200 kB\n", 200, UNKNOWN},
        /* a name that comes twice */
        {"MemTotal:  200 kB\nMemTotal:  100 kB\nMemAvailable:  100 kB\n", 200, 100},
        {"MemTotal:  x kB\nMemTotal:  100 kB\nMemAvailable:  100 kB\n", UNKNOWN, 100},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        tree_put("proc/meminfo", cases[i].text);
        expect(cases[i].text, cases[i].total == UNKNOWN ? UNKNOWN : cases[i].total * KB,
               cases[i].available == UNKNOWN ? UNKNOWN : cases[i].available * KB);
    }
}

static void between(const char *before, char filling, size_t count, const char *after)
{
    size_t head = strlen(before), tail = strlen(after);
    char *text = malloc(head + count + tail);
    assert_non_null(text);
    memcpy(text, before, head);
    memset(text + head, filling, count);
    memcpy(text + head + count, after, tail);
    tree_put_bytes("proc/meminfo", text, head + count + tail);
    free(text);
}

/* LXC pads the file: the last line is followed by NUL bytes, which used to drop the whole. */
static void nul_bytes(void **state)
{
    static const char whole[] = "MemTotal:  200 kB\nMemAvailable:  100 kB\nBuffers:  1 kB\n";
    static const size_t counts[] = {1, 127, 128, 129, 4095, 4096, 5000, 2 * MB};
    (void)state;
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        between(whole, '\0', counts[i], "");
        expect("NUL bytes at the end", 200 * KB, 100 * KB);
        between("MemTotal:  200 kB\n", '\0', counts[i], "MemAvailable:  100 kB\n");
        expect("NUL bytes between lines", 200 * KB, 100 * KB);
        between("MemTotal:  200 kB\nMemAv", '\0', counts[i], "ailable:  100 kB\n");
        expect("NUL bytes in a line", 200 * KB, UNKNOWN);
        between("", '\0', counts[i], "");
        expect("NUL bytes alone", UNKNOWN, UNKNOWN);
    }
}

static void over_a_megabyte(void **state)
{
    (void)state;
    between("MemTotal:  200 kB\nMemAvailable:  100 kB\n", 'x', 2 * MB, "\n");
    expect("a long line at the end", 200 * KB, 100 * KB);
    between("MemTotal:  200 kB\nNoise:", '9', 2 * MB, " kB\nMemAvailable:  100 kB\n");
    expect("a long line between", 200 * KB, 100 * KB);
    between("MemTotal:  200 kB\nMemAvailable:", ' ', 2 * MB, "100 kB\n");
    expect("a long line with the name", 200 * KB, UNKNOWN);
    between("MemTotal:  200 kB\n", '\n', 2 * MB, "MemAvailable:  100 kB\n");
    expect("two million lines", 200 * KB, 100 * KB);
}

static void binary(void **state)
{
    char bytes[8192];
    uint64_t seed = 88172645463325252;
    (void)state;
    for (int round = 0; round < 50; round++) {
        for (size_t i = 0; i < sizeof bytes; i++) {
            seed ^= seed << 13;
            seed ^= seed >> 7;
            seed ^= seed << 17;
            bytes[i] = (char)seed;
        }
        tree_put_bytes("proc/meminfo", bytes, sizeof bytes);
        expect("binary", UNKNOWN, UNKNOWN);
    }
}

/* Container engines mask files with /dev/null and directories; none of these may hold us up. */
static void no_file_at_all(void **state)
{
    static const char *const targets[] = {
        "/dev/null", "/nonexistent", "/proc", "/dev/tty", "meminfo",
#ifndef ZM_SANITIZED
        "/dev/zero", /* a gigabyte is read of it */
#endif
    };
    (void)state;
    expect("nothing", UNKNOWN, UNKNOWN);
    for (size_t i = 0; i < sizeof targets / sizeof *targets; i++) {
        tree_link("proc/meminfo", targets[i]);
        expect(targets[i], UNKNOWN, UNKNOWN);
    }
    unlinkat(tree_root, "proc/meminfo", 0);
    assert_int_equal(mkfifoat(tree_root, "proc/meminfo", 0600), 0);
    expect("a FIFO that nobody writes to", UNKNOWN, UNKNOWN);
}

/* ---- in a child, which ends with the number of what went wrong ---- */

static void in_a_child(int (*body)(void))
{
    int status;
    pid_t child = fork();
    assert_true(child >= 0);
    if (!child)
        _exit(body());
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    if (WEXITSTATUS(status) == 77) {
        puts("skipped: not permitted here");
        skip();
    }
    assert_int_equal(WEXITSTATUS(status), 0);
}

/* A sandbox that refuses sysinfo(2) leaves the file as the only source. */
static int sysinfo_is_refused(void)
{
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_sysinfo, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog filter = {sizeof code / sizeof *code, code};
    struct zmalloc_sysinfo_limit limit = {0};
    uint64_t bytes;
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || prctl(PR_SET_SECCOMP, 2, &filter))
        return 77;
    if (zmalloc_sysinfo_ram(&bytes) != -EPERM)
        return 1;
    if (zm_linux_limit(tree_root, 0, &limit) || limit.ram != 200 * KB ||
        limit.effective != 200 * KB || limit.headroom != 100 * KB)
        return 2;
    unlinkat(tree_root, "proc/meminfo", 0);
    memset(&limit, 0, sizeof limit); /* nothing that limits is known, so nothing is told */
    if (zm_linux_limit(tree_root, 0, &limit) ||
        limit.has & (ZMALLOC_SYSINFO_LIMIT_RAM | ZMALLOC_SYSINFO_LIMIT_EFFECTIVE |
                     ZMALLOC_SYSINFO_LIMIT_HEADROOM))
        return 3;
    return !(limit.has & ZMALLOC_SYSINFO_LIMIT_CGROUP) || limit.cgroup != ZMALLOC_SYSINFO_UNLIMITED
               ? 4
               : 0;
}

static void without_sysinfo(void **state)
{
    (void)state;
    a_v2_group("max\n");
    tree_put("proc/meminfo", "MemTotal:  200 kB\nMemAvailable:  100 kB\n");
    in_a_child(sysinfo_is_refused);
}

/* The public function, with a file that is really mounted over /proc/meminfo. */
static int behind_a_mount(void)
{
    struct zmalloc_sysinfo_limit limit = {.struct_size = sizeof limit};
    char path[64];
    uint64_t machine;
    snprintf(path, sizeof path, "%s/proc/meminfo", tree_top);
    if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
        mount(path, "/proc/meminfo", NULL, MS_BIND, NULL))
        return 77;
    if (zmalloc_sysinfo_limit(0, &limit) || limit.ram != 256 * MB || limit.effective > 256 * MB)
        return 1;
    if (limit.available != 200 * MB || limit.headroom > 200 * MB)
        return 2;
    return zmalloc_sysinfo_ram(&machine) || machine <= 256 * MB ? 3 : 0;
}

static void mounted_for_real(void **state)
{
    (void)state;
    between("MemTotal:  262144 kB\nMemAvailable:  204800 kB\nBuffers:  1 kB\n", '\0', 3000, "");
    in_a_child(behind_a_mount);
}

int main(void)
{
#define IN_TREE(test) cmocka_unit_test_setup_teardown(test, tree_plant, tree_fell)
    const struct CMUnitTest tests[] = {
        IN_TREE(available_is_missing),
        IN_TREE(lxcfs_shows_the_containers_limit),
        IN_TREE(the_file_shows_a_larger_machine),
        IN_TREE(texts),
        IN_TREE(nul_bytes),
        IN_TREE(over_a_megabyte),
        IN_TREE(binary),
        IN_TREE(no_file_at_all),
        IN_TREE(without_sysinfo),
        IN_TREE(mounted_for_real),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
