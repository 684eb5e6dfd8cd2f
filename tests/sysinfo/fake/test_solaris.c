/* The Solaris file over a fake /proc. SPDX-License-Identifier: BSD-3-Clause */
#include "tests/sysinfo/helpers.h"
#include <procfs.h>
#include <sys/mman.h>
#include <unistd.h>

static const char *expected_path;
static const void *content;
static size_t content_length;
static int open_error;

int fake_open(const char *path, int flags)
{
    int fd;
    assert_string_equal(path, expected_path);
    assert_int_equal(flags, O_RDONLY | O_CLOEXEC);
    if (open_error) {
        errno = open_error;
        return -1;
    }
    fd = memfd_create("fake", MFD_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, content, content_length), (ssize_t)content_length);
    return fd;
}

static void serve(const char *path, const void *bytes, size_t length)
{
    expected_path = path;
    content = bytes;
    content_length = length;
    open_error = 0;
}

static void sizes_are_in_kb(void **state)
{
    psinfo_t info = {.pr_nlwp = 3, .pr_size = 5000, .pr_rssize = 3000};
    struct zmalloc_sysinfo_memory memory;
    (void)state;
    serve("/proc/1234567/psinfo", &info, sizeof info);
    memory = ask(1234567, ZMALLOC_SYSINFO_CHEAP);
    assert_int_equal(memory.has, ZMALLOC_SYSINFO_RSS | ZMALLOC_SYSINFO_VIRTUAL);
    assert_int_equal(memory.rss, 3000 * 1024);
    assert_int_equal(memory.virtual_size, 5000 * 1024);
    serve("/proc/self/psinfo", &info, sizeof info);
    assert_int_equal(zmalloc_get_rss(), 3000 * 1024);
    assert_int_equal(ask_error(0, ZMALLOC_SYSINFO_PRIVATE_DIRTY), -ENOTSUP);
    for (size_t cut = 0; cut < sizeof info; cut++) {
        serve("/proc/self/psinfo", &info, cut);
        assert_int_equal(ask_error(0, ZMALLOC_SYSINFO_RSS), -EPROTO);
    }
    serve("/proc/9/psinfo", &info, sizeof info);
    info.pr_nlwp = 0; /* a zombie */
    assert_int_equal(ask_error(9, ZMALLOC_SYSINFO_RSS), -ENODATA);
    open_error = ENOENT;
    assert_int_equal(ask_error(9, ZMALLOC_SYSINFO_RSS), -ESRCH);
    open_error = EACCES;
    assert_int_equal(ask_error(9, ZMALLOC_SYSINFO_RSS), -EACCES);
}

static void maps_have_pages_of_their_own_size(void **state)
{
    enum { COUNT = 200 }; /* more than one piece of them */
    prxmap_t maps[COUNT];
    uint64_t bytes = 0;
    (void)state;
    memset(maps, 0, sizeof maps);
    for (int i = 0; i < COUNT; i++) {
        maps[i].pr_size = 1 * MB;
        maps[i].pr_pagesize = i % 2 ? 4096 : 65536;
        maps[i].pr_rss = 3;
        maps[i].pr_anon = 2;
        maps[i].pr_locked = 1;
    }
    serve("/proc/9/xmap", maps, sizeof maps);
    assert_int_equal(zmalloc_sysinfo_smaps(9, "Rss", &bytes), 0);
    assert_int_equal(bytes, 100 * 3 * (4096 + 65536));
    assert_int_equal(zmalloc_sysinfo_smaps(9, "Anonymous:", &bytes), 0);
    assert_int_equal(bytes, 100 * 2 * (4096 + 65536));
    assert_int_equal(zmalloc_sysinfo_smaps(9, "Locked", &bytes), 0);
    assert_int_equal(bytes, 100 * (4096 + 65536));
    assert_int_equal(zmalloc_sysinfo_smaps(9, "Size", &bytes), 0);
    assert_int_equal(bytes, 200 * MB);
    assert_int_equal(zmalloc_sysinfo_smaps(9, "Pss", &bytes), -ENODATA);
    for (size_t cut = 0; cut < 3 * sizeof *maps; cut++) {
        int result = cut == 0 ? -ENODATA : cut % sizeof *maps ? -EPROTO : 0;
        serve("/proc/9/xmap", maps, cut);
        assert_int_equal(zmalloc_sysinfo_smaps(9, "Rss", &bytes), result);
    }
    maps[0].pr_rss = SIZE_MAX;
    serve("/proc/9/xmap", maps, sizeof maps);
    assert_int_equal(zmalloc_sysinfo_smaps(9, "Rss", &bytes), -EPROTO);
}

static void ram(void **state)
{
    uint64_t bytes = 0;
    (void)state;
    assert_int_equal(zmalloc_sysinfo_ram(&bytes), 0);
    assert_int_equal(bytes, (uint64_t)sysconf(_SC_PHYS_PAGES) * (uint64_t)sysconf(_SC_PAGESIZE));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sizes_are_in_kb),
        cmocka_unit_test(maps_have_pages_of_their_own_size),
        cmocka_unit_test(ram),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
