/* What a foreign system must get right, as one program without a test framework: run under
 * qemu-user and Wine, and linked for systems that can't be run here. Differences only: under
 * qemu-user the figures are those of the host process.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zmalloc/sysinfo.h>
#ifndef _WIN32
#    include <sys/mman.h>
#    include <sys/wait.h>
#    include <unistd.h>
#endif

#define MB    ((uint64_t)1 << 20)
#define BLOCK (64 * MB)

static int failures;

static void check(int good, const char *what)
{
    if (!good) {
        printf("failed: %s\n", what);
        failures++;
    }
}

static void check_near(uint64_t figure, uint64_t expected, const char *what)
{
    uint64_t off = figure > expected ? figure - expected : expected - figure;
    if (off > 4 * MB)
        printf("%s: %lu KB, not about %lu KB\n", what, (unsigned long)(figure / 1024),
               (unsigned long)(expected / 1024));
    check(off <= 4 * MB, what);
}

static struct zmalloc_sysinfo_memory ask(int64_t pid)
{
    struct zmalloc_sysinfo_memory memory;
    memset(&memory, 0, sizeof memory);
    memory.struct_size = sizeof memory;
    check(zmalloc_sysinfo_memory(pid, ZMALLOC_SYSINFO_ALL, &memory) == 0, "memory");
    return memory;
}

static void compare(const struct zmalloc_sysinfo_memory *before,
                    const struct zmalloc_sysinfo_memory *after)
{
    check(after->has & ZMALLOC_SYSINFO_RSS, "rss is told");
    check_near(after->rss - before->rss, BLOCK, "rss");
    if (after->has & ZMALLOC_SYSINFO_PRIVATE_DIRTY)
        check_near(after->private_dirty - before->private_dirty, BLOCK, "private dirty");
    if (after->has & ZMALLOC_SYSINFO_PRIVATE_RESIDENT)
        check_near(after->private_resident - before->private_resident, BLOCK, "private resident");
    if (after->has & ZMALLOC_SYSINFO_COMMIT)
        check_near(after->commit - before->commit, BLOCK, "commit");
    if (after->has & ZMALLOC_SYSINFO_FOOTPRINT)
        check_near(after->footprint - before->footprint, BLOCK, "footprint");
    if (after->has & ZMALLOC_SYSINFO_PEAK_RSS)
        check(after->peak_rss >= before->rss + BLOCK - 4 * MB, "peak");
}

static char *volatile block; /* volatile, or the compiler sees that nobody reads it */

static void dirty(void)
{
#ifdef _WIN32
    block = malloc(BLOCK);
    check(block != NULL, "malloc");
#else
    block = mmap(NULL, BLOCK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON, -1, 0);
    check(block != MAP_FAILED, "mmap");
#endif
    memset(block, 1, BLOCK);
}

#ifndef _WIN32
static void another_process(void)
{
    struct zmalloc_sysinfo_memory before, after;
    int ready[2], go[2];
    char byte = 0;
    pid_t child;
    check(pipe(ready) == 0 && pipe(go) == 0, "pipe");
    child = fork();
    if (!child) {
        for (int round = 0; round < 2; round++) {
            if (write(ready[1], "", 1) != 1 || read(go[0], &byte, 1) != 1)
                _exit(1);
            if (!round)
                dirty();
        }
        _exit(0);
    }
    check(child > 0 && read(ready[0], &byte, 1) == 1, "fork");
    before = ask(child);
    check(write(go[1], "", 1) == 1 && read(ready[0], &byte, 1) == 1, "child");
    after = ask(child);
    compare(&before, &after);
    check(write(go[1], "", 1) == 1 && waitpid(child, NULL, 0) == child, "wait");
}
#endif

int main(void)
{
    struct zmalloc_sysinfo_memory before = ask(0), after = before, none = before;
    struct zmalloc_sysinfo_limit limit;
    struct zmalloc_sysinfo_rss handle;
    struct zmalloc_sysinfo_throttle throttle;
    uint64_t bytes = 0, age = 0;
    int result;

    memset(&handle, 0, sizeof handle);
    check(zmalloc_sysinfo_rss_read(&handle, &bytes) == 0, "kept handle");
    check_near(bytes, before.rss, "kept handle's rss");
    dirty();
    after = ask(0);
    compare(&before, &after);
    check(zmalloc_sysinfo_rss_read(&handle, &bytes) == 0, "kept handle again");
    check_near(bytes, after.rss, "kept handle's rss again");
    zmalloc_sysinfo_rss_close(&handle);
    check_near(zmalloc_get_rss(), after.rss, "zmalloc_get_rss");
    check_near(zmalloc_get_private_dirty(-1),
               after.has & ZMALLOC_SYSINFO_PRIVATE_DIRTY ? after.private_dirty : 0,
               "zmalloc_get_private_dirty");
    check(zmalloc_sysinfo_ram(&bytes) == 0 && bytes > 64 * MB, "ram");
    check(zmalloc_get_memory_size() == (bytes > SIZE_MAX ? SIZE_MAX : (size_t)bytes),
          "zmalloc_get_memory_size");

    memset(&limit, 0, sizeof limit);
    limit.struct_size = sizeof limit;
    check(zmalloc_sysinfo_limit(0, &limit) == 0 && limit.effective <= bytes && limit.effective,
          "limit");

    memset(&throttle, 0, sizeof throttle);
    throttle.permille = 10;
    result = zmalloc_sysinfo_private_dirty_throttled(&throttle, 0, &bytes, &age);
    check(result == (after.has & ZMALLOC_SYSINFO_PRIVATE_DIRTY ? 0 : -ENOTSUP), "throttle");

    check(zmalloc_sysinfo_memory(99999998, ZMALLOC_SYSINFO_RSS, &none) == -ESRCH, "absent process");
    check(zmalloc_sysinfo_memory(INT64_MAX, ZMALLOC_SYSINFO_RSS, &none) == -ESRCH,
          "absurd process");
    check(zmalloc_sysinfo_smaps(0, "No_Such_Field", &bytes) != 0, "absent field");
#ifndef _WIN32
    another_process();
#endif
    printf("rss %lu KB, has %#lx: %s\n", (unsigned long)(after.rss / 1024),
           (unsigned long)after.has, failures ? "FAILED" : "ok");
    return failures != 0;
}
