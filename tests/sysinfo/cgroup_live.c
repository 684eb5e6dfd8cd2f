/* Real nested cgroups: a parent of 300 MB over a child without a limit. It makes groups below its
 * own, so it runs only where ZMALLOC_TEST_CGROUP=1 permits that, or as the first process of a
 * virtual machine, which it then ends (vm.sh).
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zmalloc/sysinfo.h>

#define MB      ((uint64_t)1 << 20)
#define COMMAND "/bin/zmalloc"

static int failures;

static void check(int good, const char *what)
{
    if (!good) {
        printf("failed: %s (%s)\n", what, strerror(errno));
        failures++;
    }
}

static int put(const char *directory, const char *name, const char *text)
{
    char path[1024];
    ssize_t length = (ssize_t)strlen(text);
    int fd, result;
    snprintf(path, sizeof path, "%s/%s", directory, name);
    fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return -1;
    result = write(fd, text, (size_t)length) == length ? 0 : -1;
    close(fd);
    return result;
}

static struct zmalloc_sysinfo_limit ask(void)
{
    struct zmalloc_sysinfo_limit limit;
    memset(&limit, 0, sizeof limit);
    limit.struct_size = sizeof limit;
    check(zmalloc_sysinfo_limit(0, &limit) == 0, "limit");
    return limit;
}

static void check_near(uint64_t figure, uint64_t expected, const char *what)
{
    uint64_t off = figure > expected ? figure - expected : expected - figure;
    if (off > 6 * MB)
        printf("%s: %lu KB, not about %lu KB\n", what, (unsigned long)(figure / 1024),
               (unsigned long)(expected / 1024));
    check(off <= 6 * MB, what);
}

static void page_cache_is_no_use(uint64_t headroom)
{
    struct zmalloc_sysinfo_level level;
    char piece[4096] = "";
    int fd = open("zm-cache", O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    check(fd >= 0, "a file to write");
    for (unsigned i = 0; fd >= 0 && i < 64 * MB / sizeof piece; i++)
        check(write(fd, piece, sizeof piece) == (ssize_t)sizeof piece, "write");
    fsync(fd);
    memset(&level, 0, sizeof level);
    level.struct_size = sizeof level;
    check(zmalloc_sysinfo_level(0, 1, &level) == 0 && level.usage > 100 * MB,
          "usage has the page cache");
    check_near(ask().headroom, headroom, "headroom after 64 MB of page cache");
    close(fd);
    unlink("zm-cache");
}

/* Runs in the child's group. */
static int inside(const char *parent)
{
    struct zmalloc_sysinfo_limit before = ask(), after;
    struct zmalloc_sysinfo_level level;
    struct statfs here;
    char *volatile block;
    check(before.cgroup == 300 * MB, "the parent's limit is the cgroups'");
    check(before.effective == (before.ram < 300 * MB ? before.ram : 300 * MB), "effective");
    if (before.ram > 300 * MB)
        check(before.effective_by == ZMALLOC_SYSINFO_BY_CGROUP && before.effective_level == 1,
              "the parent decides");
    memset(&level, 0, sizeof level);
    level.struct_size = sizeof level;
    check(zmalloc_sysinfo_level(0, 1, &level) == 0 && level.limit == 300 * MB,
          "the parent's level");
    check(strcmp(level.path, parent) == 0, "the parent's path");
    level.struct_size = sizeof level;
    check(zmalloc_sysinfo_level(0, 0, &level) == 0 && level.limit == ZMALLOC_SYSINFO_UNLIMITED,
          "the child's level");

    block = mmap(NULL, 64 * MB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    memset(block, 1, 64 * MB);
    after = ask();
    check_near(before.headroom - after.headroom, 64 * MB, "headroom after 64 MB");

    if (statfs(".", &here) == 0 && here.f_type != TMPFS_MAGIC && here.f_type != RAMFS_MAGIC)
        page_cache_is_no_use(after.headroom);
    else
        puts("page cache not tested: no disk here");
    printf("cgroup v%u: limit %lu KB by level %u, headroom %lu -> %lu KB\n", before.cgroup_version,
           (unsigned long)(before.effective / 1024), before.effective_level,
           (unsigned long)(before.headroom / 1024), (unsigned long)(after.headroom / 1024));
    return failures != 0;
}

/* The zmalloc command in this group, if the virtual machine has it. */
static void show_command(void)
{
    int status = 0;
    pid_t pid;
    if (getppid() != 1 || access(COMMAND, X_OK))
        return;
    puts("command begins");
    pid = fork();
    if (!pid) {
        execle(COMMAND, COMMAND, "info", "--memory", "--json", NULL,
               (char *[]){(char *)"LD_LIBRARY_PATH=/lib", NULL});
        _exit(127);
    }
    check(waitpid(pid, &status, 0) == pid && status == 0, "the command");
    puts("command ends");
}

/* 77 where groups can't be made. */
static int nested(void)
{
    struct zmalloc_sysinfo_level own;
    char parent[600], child[700];
    int status = 0, v2;
    pid_t pid;
    memset(&own, 0, sizeof own);
    own.struct_size = sizeof own;
    if (zmalloc_sysinfo_level(0, 0, &own))
        return 77;
    v2 = ask().cgroup_version == 2;
    snprintf(parent, sizeof parent, "%s/zm-parent", own.path);
    snprintf(child, sizeof child, "%s/zm-child", parent);
    if ((v2 && put(own.path, "cgroup.subtree_control", "+memory")) || mkdir(parent, 0700))
        return 77;
    check(put(parent, v2 ? "memory.max" : "memory.limit_in_bytes", "314572800") == 0,
          "set the limit");
    check(!v2 || put(parent, "cgroup.subtree_control", "+memory") == 0, "pass the controller on");
    check(mkdir(child, 0700) == 0, "make the child's group");
    pid = fork();
    if (!pid) {
        check(put(child, "cgroup.procs", "0") == 0, "move");
        show_command();
        _exit(inside(parent));
    }
    check(waitpid(pid, &status, 0) == pid && status == 0, "what the child found");
    check(rmdir(child) == 0 && rmdir(parent) == 0, "remove the groups");
    return failures != 0;
}

int main(void)
{
    const char *permission = getenv("ZMALLOC_TEST_CGROUP");
    int result;
    setvbuf(stdout, NULL, _IONBF, 0);
    if (getpid() == 1) {
        const char *version = getenv("zm_cgroup"); /* from the kernel's command line */
        int v1 = version && !strcmp(version, "1");
        mkdir("/proc", 0700);
        mkdir("/groups", 0700);
        mount("proc", "/proc", "proc", 0, NULL);
        check(mount("cgroup", "/groups", v1 ? "cgroup" : "cgroup2", 0, v1 ? "memory" : NULL) == 0,
              "mount");
        result = nested();
        puts(result ? "live: FAILED" : "live: ok");
        reboot(RB_POWER_OFF);
    }
    if (!permission || strcmp(permission, "1") != 0) {
        puts("skipped: makes cgroups, which ZMALLOC_TEST_CGROUP=1 permits");
        return 77;
    }
    result = nested();
    if (result == 77)
        puts("skipped: no cgroups can be made here");
    return result;
}
