/* macOS's file over fakes of task_info, libproc and sysctl. SPDX-License-Identifier: BSD-3-Clause
 */
#include "tests/sysinfo/helpers.h"
#include <libproc.h>
#include <mach/mach.h>
#include <sys/sysctl.h>
#include <unistd.h>

#define PAGE ((uint64_t)sysconf(_SC_PAGESIZE))

static unsigned words;   /* how many a kernel of some age writes of TASK_VM_INFO */
static int other_error;  /* what libproc says of another process */
static int other_size;   /* how much of the structure it writes; 0: all */
static unsigned regions; /* how many regions it has */

mach_port_t mach_task_self(void)
{
    return 77;
}

kern_return_t task_info(mach_port_t task, task_flavor_t flavor, task_info_t out,
                        mach_msg_type_number_t *count)
{
    const struct mach_task_basic_info basic = {5 * MB, 3 * MB, 4 * MB};
    const task_vm_info_data_t vm = {1 * MB, 2 * MB, 6 * MB, 9};
    assert_int_equal(task, 77);
    if (flavor == MACH_TASK_BASIC_INFO) {
        assert_int_equal(*count, MACH_TASK_BASIC_INFO_COUNT);
        memcpy(out, &basic, sizeof basic);
        return KERN_SUCCESS;
    }
    assert_int_equal(flavor, TASK_VM_INFO);
    if (!words)
        return 4; /* KERN_INVALID_ARGUMENT */
    *count = words;
    memcpy(out, &vm, words * sizeof(int));
    return KERN_SUCCESS;
}

int proc_pidinfo(int pid, int flavor, uint64_t arg, void *buffer, int size)
{
    assert_true(pid == 42 || pid == getpid());
    if (other_error) {
        errno = other_error;
        return 0;
    }
    if (flavor == PROC_PIDTASKINFO) {
        const struct proc_taskinfo info = {5 * MB, 3 * MB};
        assert_int_equal(size, sizeof info);
        memcpy(buffer, &info, sizeof info);
        return other_size ? other_size : size;
    }
    assert_int_equal(flavor, PROC_PIDREGIONINFO);
    for (unsigned i = 0; i < regions; i++) { /* the first that ends above the address */
        const struct proc_regioninfo region = {.pri_pages_resident = 10,
                                               .pri_pages_swapped_out = 1,
                                               .pri_pages_dirtied = 5,
                                               .pri_private_pages_resident = i % 2 ? 3 : 8,
                                               .pri_shared_pages_resident = 2,
                                               .pri_address = 4096 + i * 65536,
                                               .pri_size = 8192};
        if (region.pri_address + region.pri_size <= arg)
            continue;
        assert_int_equal(size, sizeof region);
        memcpy(buffer, &region, sizeof region);
        return size;
    }
    errno = EINVAL;
    return 0;
}

int proc_pid_rusage(int pid, int flavor, rusage_info_t *buffer)
{
    struct rusage_info_v0 usage = {6 * MB};
    assert_int_equal(pid, 42);
    assert_int_equal(flavor, RUSAGE_INFO_V0);
    if (other_error) {
        errno = other_error;
        return -1;
    }
    memcpy(buffer, &usage, sizeof usage);
    return 0;
}

int sysctl(int *mib, unsigned levels, void *old, size_t *old_length, void *value,
           size_t value_length)
{
    const uint64_t size = 7 * MB;
    assert_int_equal(levels, 2);
    assert_true(mib[0] == CTL_HW && mib[1] == HW_MEMSIZE);
    assert_int_equal(*old_length, sizeof size);
    assert_true(!value && !value_length);
    memcpy(old, &size, sizeof size);
    return 0;
}

static void self(void **state)
{
    struct zmalloc_sysinfo_memory memory;
    (void)state;
    words = TASK_VM_INFO_COUNT;
    memory = ask(0, ZMALLOC_SYSINFO_CHEAP);
    assert_int_equal(memory.has, ZMALLOC_SYSINFO_RSS | ZMALLOC_SYSINFO_VIRTUAL |
                                     ZMALLOC_SYSINFO_PEAK_RSS | ZMALLOC_SYSINFO_ANONYMOUS |
                                     ZMALLOC_SYSINFO_COMPRESSED | ZMALLOC_SYSINFO_FOOTPRINT);
    assert_int_equal(memory.rss, 3 * MB);
    assert_int_equal(memory.virtual_size, 5 * MB);
    assert_int_equal(memory.peak_rss, 4 * MB);
    assert_int_equal(memory.anonymous, 1 * MB);
    assert_int_equal(memory.compressed, 2 * MB);
    assert_int_equal(memory.footprint, 6 * MB);
    words = TASK_VM_INFO_REV0_COUNT; /* an older kernel */
    memory = ask(getpid(), ZMALLOC_SYSINFO_CHEAP);
    assert_false(memory.has & ZMALLOC_SYSINFO_FOOTPRINT);
    assert_true(memory.has & ZMALLOC_SYSINFO_COMPRESSED);
    assert_int_equal(ask_error(0, ZMALLOC_SYSINFO_FOOTPRINT), -ENOTSUP);
    words = 0;
    assert_int_equal(ask_error(0, ZMALLOC_SYSINFO_FOOTPRINT), -EPROTO);
    assert_int_equal(ask_error(0, ZMALLOC_SYSINFO_PSS), -ENOTSUP);
    assert_int_equal(zmalloc_get_rss(), 3 * MB);
    assert_int_equal(zmalloc_get_memory_size(), 7 * MB);
}

static void another(void **state)
{
    struct zmalloc_sysinfo_memory memory;
    (void)state;
    memory = ask(42, ZMALLOC_SYSINFO_CHEAP);
    assert_int_equal(memory.has,
                     ZMALLOC_SYSINFO_RSS | ZMALLOC_SYSINFO_VIRTUAL | ZMALLOC_SYSINFO_FOOTPRINT);
    assert_int_equal(memory.rss, 3 * MB);
    assert_int_equal(memory.footprint, 6 * MB);
    assert_int_equal(ask_error(42, ZMALLOC_SYSINFO_PEAK_RSS), -ENOTSUP);
    other_size = sizeof(struct proc_taskinfo) - 8;
    assert_int_equal(ask_error(42, ZMALLOC_SYSINFO_RSS), -EPROTO);
    other_size = 0;
    other_error = ESRCH;
    assert_int_equal(ask_error(42, ZMALLOC_SYSINFO_RSS), -ESRCH);
    assert_int_equal(ask_error(42, ZMALLOC_SYSINFO_FOOTPRINT), -ESRCH);
    assert_int_equal(ask_error(42, ZMALLOC_SYSINFO_PRIVATE_DIRTY), -ESRCH);
    other_error = EPERM;
    assert_int_equal(ask_error(42, ZMALLOC_SYSINFO_RSS), -EACCES);
    assert_int_equal(ask_error(42, ZMALLOC_SYSINFO_PRIVATE_DIRTY), -EACCES);
    other_error = 0;
    assert_int_equal(ask_error((int64_t)INT32_MAX + 1, ZMALLOC_SYSINFO_RSS), -ESRCH);
}

/* Redis reads the first region only. */
static void every_region_counts(void **state)
{
    uint64_t bytes = 0;
    struct zmalloc_sysinfo_memory memory;
    (void)state;
    regions = 5; /* of 5 dirty pages each, two of them with 3 private ones only */
    memory = ask(42, ZMALLOC_SYSINFO_PRIVATE_DIRTY | ZMALLOC_SYSINFO_PRIVATE_RESIDENT);
    assert_int_equal(memory.private_dirty, (3 * 5 + 2 * 3) * PAGE);
    assert_int_equal(memory.private_resident, (3 * 8 + 2 * 3) * PAGE);
    assert_int_equal(zmalloc_get_private_dirty(-1), (3 * 5 + 2 * 3) * PAGE);
    assert_int_equal(zmalloc_sysinfo_smaps(0, "Rss:", &bytes), 0);
    assert_int_equal(bytes, 50 * PAGE);
    assert_int_equal(zmalloc_sysinfo_smaps(42, "Shared", &bytes), 0);
    assert_int_equal(bytes, 10 * PAGE);
    assert_int_equal(zmalloc_sysinfo_smaps(42, "Swap", &bytes), 0);
    assert_int_equal(bytes, 5 * PAGE);
    assert_int_equal(zmalloc_sysinfo_smaps(42, "Pss", &bytes), -ENODATA);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(self),
        cmocka_unit_test(another),
        cmocka_unit_test(every_region_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
