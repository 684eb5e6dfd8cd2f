/* A system without a file of its own, and the limits of one without cgroups.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "tests/sysinfo/helpers.h"
#include <sys/resource.h>
#include <unistd.h>

static void says_so(void **state)
{
    struct zmalloc_sysinfo_rss handle = {0};
    struct zmalloc_sysinfo_throttle throttle = {.permille = 10};
    struct zmalloc_sysinfo_level level = {.struct_size = sizeof level};
    struct zmalloc_sysinfo_pressure pressure = {.struct_size = sizeof pressure};
    uint64_t bytes = 7;
    (void)state;
    assert_int_equal(ask_error(0, ZMALLOC_SYSINFO_ALL), -ENOTSUP);
    assert_int_equal(zmalloc_sysinfo_smaps(0, "Rss", &bytes), -ENOTSUP);
    assert_int_equal(zmalloc_sysinfo_rss_read(&handle, &bytes), -ENOTSUP);
    assert_int_equal(zmalloc_sysinfo_private_dirty_throttled(&throttle, 0, &bytes, NULL), -ENOTSUP);
    assert_int_equal(zmalloc_sysinfo_level(0, 0, &level), -ENOTSUP);
    assert_int_equal(zmalloc_sysinfo_pressure(0, &pressure), -ENOTSUP);
    assert_int_equal(bytes, 7);
    assert_int_equal(zmalloc_get_rss(), 0);
    assert_int_equal(zmalloc_get_private_dirty(-1), 0);
}

static void limit_is_ram_or_address_space(void **state)
{
    struct zmalloc_sysinfo_limit limit = {.struct_size = sizeof limit};
    struct rlimit space;
    (void)state;
    assert_int_equal(zmalloc_sysinfo_limit(0, &limit), 0);
    assert_int_equal(limit.effective, zmalloc_get_memory_size());
    assert_int_equal(limit.effective_by, ZMALLOC_SYSINFO_BY_RAM);
    assert_false(limit.has & ZMALLOC_SYSINFO_LIMIT_CGROUP);
    assert_int_equal(getrlimit(RLIMIT_AS, &space), 0);
    if (space.rlim_cur != RLIM_INFINITY)
        skip();
    space.rlim_cur = limit.ram - MB;
    assert_int_equal(setrlimit(RLIMIT_AS, &space), 0);
    assert_int_equal(zmalloc_sysinfo_limit(0, &limit), 0);
    assert_int_equal(limit.effective, limit.ram - MB);
    assert_int_equal(limit.effective_by, ZMALLOC_SYSINFO_BY_ADDRESS_SPACE);
    assert_int_equal(zmalloc_sysinfo_limit(getppid(), &limit), 0);
    assert_int_equal(limit.effective, limit.ram);
    space.rlim_cur = RLIM_INFINITY;
    assert_int_equal(setrlimit(RLIMIT_AS, &space), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(says_so),
        cmocka_unit_test(limit_is_ram_or_address_space),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
