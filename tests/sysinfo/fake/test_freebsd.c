/* FreeBSD's file over a fake sysctl: MIBs, units, records of varying length, errors.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "fake_bsd.h"
#include "sysinfo/freebsd.h"
#include <sys/user.h>

static void process(void **state)
{
    struct kinfo_proc info = {.ki_structsize = sizeof info,
                              .ki_stat = 2,
                              .ki_size = 5 * MB,
                              .ki_rssize = 300,
                              .ki_rusage = {.ru_maxrss = 2000}};
    const int self[] = {CTL_KERN, KERN_PROC, KERN_PROC_PID, getpid()};
    const int other[] = {CTL_KERN, KERN_PROC, KERN_PROC_PID, 42};
    struct zmalloc_sysinfo_memory memory;
    (void)state;
    answer(self, 4, &info, sizeof info);
    memory = ask(0, ZMALLOC_SYSINFO_CHEAP);
    assert_int_equal(memory.rss, 300 * PAGE);
    assert_int_equal(memory.virtual_size, 5 * MB);
    assert_int_equal(memory.peak_rss, 2000 * 1024);
    assert_int_equal(memory.has,
                     ZMALLOC_SYSINFO_RSS | ZMALLOC_SYSINFO_VIRTUAL | ZMALLOC_SYSINFO_PEAK_RSS);
    assert_int_equal(zmalloc_get_rss(), 300 * PAGE);
    answer(other, 4, &info, sizeof info);
    errors_of_processes(42, sizeof info);
    info.ki_structsize -= 8; /* a kernel of another ABI */
    assert_int_equal(ask_error(42, ZMALLOC_SYSINFO_RSS), -EPROTO);
    info.ki_structsize += 8;
    info.ki_stat = SZOMB;
    assert_int_equal(ask_error(42, ZMALLOC_SYSINFO_RSS), -ENODATA);
}

/* Three records; the kernel leaves out the unused end of each path. */
static size_t records(char *buffer)
{
    static const int sizes[] = {48, 56, 1064};
    size_t length = 0;
    for (int i = 0; i < 3; i++) {
        struct kinfo_vmentry entry = {
            .kve_structsize = sizes[i], .kve_resident = 10 << i, .kve_private_resident = 1 << i};
        size_t filled = (size_t)sizes[i] < sizeof entry ? (size_t)sizes[i] : sizeof entry;
        memset(buffer + length, 0, (size_t)sizes[i]);
        memcpy(buffer + length, &entry, filled);
        length += (size_t)sizes[i];
    }
    return length;
}

static void map(void **state)
{
    char buffer[2048];
    const int mib[] = {CTL_KERN, KERN_PROC, KERN_PROC_VMMAP, 42};
    size_t length = records(buffer);
    uint64_t bytes = 0;
    (void)state;
    answer(mib, 4, buffer, length);
    assert_int_equal(ask(42, ZMALLOC_SYSINFO_PRIVATE_RESIDENT).private_resident, 7 * PAGE);
    assert_int_equal(zmalloc_sysinfo_smaps(42, "Rss:", &bytes), 0);
    assert_int_equal(bytes, 70 * PAGE);
    assert_int_equal(zmalloc_sysinfo_smaps(42, "Private", &bytes), 0);
    assert_int_equal(bytes, 7 * PAGE);
    assert_int_equal(zmalloc_sysinfo_smaps(42, "Private_Dirty", &bytes), -ENODATA);
    assert_int_equal(ask_error(42, ZMALLOC_SYSINFO_PRIVATE_DIRTY), -ENOTSUP);
    expected.error = EPERM;
    assert_int_equal(zmalloc_sysinfo_smaps(42, "Rss", &bytes), -EACCES);
    expected.error = ENOMEM; /* the map always grows between the two calls */
    expected.calls = 0;
    assert_int_equal(zmalloc_sysinfo_smaps(42, "Rss", &bytes), -ENOMEM);
}

static void map_cut_at_every_byte(void **state)
{
    char buffer[2048];
    size_t length = records(buffer);
    struct zm_freebsd_pages sum;
    (void)state;
    for (size_t cut = 0; cut <= length; cut++) {
        char *copy = malloc(cut + 1);
        int result;
        memcpy(copy, buffer, cut);
        result = zm_freebsd_map(copy, cut, &sum);
        assert_int_equal(result,
                         cut == 0 || cut == 48 || cut == 104 || cut == length ? 0 : -EPROTO);
        free(copy);
    }
    memset(buffer, 0xff, 4);
    assert_int_equal(zm_freebsd_map(buffer, length, &sum), -EPROTO);
}

static void ram(void **state)
{
    const int mib[] = {CTL_HW, HW_PHYSMEM};
    unsigned long size = 7 * MB;
    uint64_t bytes = 0;
    (void)state;
    answer(mib, 2, &size, sizeof size);
    assert_int_equal(zmalloc_sysinfo_ram(&bytes), 0);
    assert_int_equal(bytes, 7 * MB);
    expected.length = 2;
    assert_int_equal(zmalloc_sysinfo_ram(&bytes), -EPROTO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(process),
        cmocka_unit_test(map),
        cmocka_unit_test(map_cut_at_every_byte),
        cmocka_unit_test(ram),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
