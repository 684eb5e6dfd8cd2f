/* DragonFly's file over a fake sysctl. SPDX-License-Identifier: BSD-3-Clause */
#include "fake_bsd.h"
#include <sys/kinfo.h>

static void process(void **state)
{
    struct kinfo_proc info = {.kp_stat = 2,
                              .kp_vm_map_size = 5 * MB,
                              .kp_vm_rssize = 300,
                              .kp_vm_prssize = 200,
                              .kp_ru = {.ru_maxrss = 2000}};
    const int mib[] = {CTL_KERN, KERN_PROC, KERN_PROC_PID, 42};
    struct zmalloc_sysinfo_memory memory;
    uint64_t bytes;
    (void)state;
    answer(mib, 4, &info, sizeof info);
    memory = ask(42, ZMALLOC_SYSINFO_ALL);
    assert_int_equal(memory.rss, 300 * PAGE);
    assert_int_equal(memory.virtual_size, 5 * MB);
    assert_int_equal(memory.peak_rss, 2000 * 1024);
    assert_int_equal(memory.pss, 200 * PAGE);
    info.kp_vm_prssize = 0; /* a kernel that does not fill it */
    assert_int_equal(ask_error(42, ZMALLOC_SYSINFO_PSS), -ENOTSUP);
    assert_int_equal(ask_error(42, ZMALLOC_SYSINFO_PRIVATE_DIRTY), -ENOTSUP);
    errors_of_processes(42, sizeof info);
    assert_int_equal(zmalloc_sysinfo_smaps(42, "Rss", &bytes), -ENOTSUP);
    info.kp_stat = SZOMB;
    assert_int_equal(ask_error(42, ZMALLOC_SYSINFO_RSS), -ENODATA);
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
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(process), cmocka_unit_test(ram)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
