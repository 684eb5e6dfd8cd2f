/* OpenBSD's file over a fake sysctl. SPDX-License-Identifier: BSD-3-Clause */
#include "fake_bsd.h"

static void process(void **state)
{
    struct kinfo_proc info = {.p_vm_rssize = 300, .p_uvalid = 1, .p_uru_maxrss = 2000};
    const int mib[] = {CTL_KERN, KERN_PROC, KERN_PROC_PID, 42, sizeof info, 1};
    struct zmalloc_sysinfo_memory memory;
    uint64_t bytes;
    (void)state;
    answer(mib, 6, &info, sizeof info);
    memory = ask(42, ZMALLOC_SYSINFO_ALL);
    assert_int_equal(memory.rss, 300 * PAGE);
    assert_int_equal(memory.peak_rss, 2000 * 1024);
    assert_false(memory.has & ZMALLOC_SYSINFO_VIRTUAL); /* the kernel does not fill it */
    info.p_uvalid = 0;
    assert_int_equal(ask_error(42, ZMALLOC_SYSINFO_PEAK_RSS), -ENOTSUP);
    assert_int_equal(ask_error(42, ZMALLOC_SYSINFO_PRIVATE_DIRTY), -ENOTSUP);
    errors_of_processes(42, sizeof info);
    assert_int_equal(zmalloc_sysinfo_smaps(42, "Rss", &bytes), -ENOTSUP);
    info.p_vm_rssize = 0; /* a zombie */
    assert_int_equal(ask_error(42, ZMALLOC_SYSINFO_RSS), -ENODATA);
    info.p_vm_rssize = -1;
    assert_int_equal(ask_error(42, ZMALLOC_SYSINFO_RSS), -EPROTO);
}

static void self(void **state)
{
    struct kinfo_proc info = {.p_vm_rssize = 300, .p_uvalid = 1};
    const int mib[] = {CTL_KERN, KERN_PROC, KERN_PROC_PID, getpid(), sizeof info, 1};
    (void)state;
    answer(mib, 6, &info, sizeof info);
    assert_int_equal(zmalloc_get_rss(), 300 * PAGE);
}

static void ram(void **state)
{
    const int mib[] = {CTL_HW, HW_PHYSMEM64};
    uint64_t size = 7 * MB, bytes = 0;
    (void)state;
    answer(mib, 2, &size, sizeof size);
    assert_int_equal(zmalloc_sysinfo_ram(&bytes), 0);
    assert_int_equal(bytes, 7 * MB);
    expected.length = 4;
    assert_int_equal(zmalloc_sysinfo_ram(&bytes), -EPROTO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(process),
        cmocka_unit_test(self),
        cmocka_unit_test(ram),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
