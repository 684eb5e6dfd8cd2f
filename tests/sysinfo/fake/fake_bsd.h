/* A sysctl that checks the MIB and answers as told. SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TEST_SYSINFO_FAKE_BSD_H
#define ZM_TEST_SYSINFO_FAKE_BSD_H

#include "tests/sysinfo/helpers.h"
#include <sys/sysctl.h>
#include <unistd.h>

#define PAGE ((uint64_t)sysconf(_SC_PAGESIZE))

static struct {
    int mib[6];
    unsigned levels;
    const void *answer;
    size_t length; /* what the system says it wrote */
    int error;
    unsigned calls;
} expected;

int sysctl(const int *mib, unsigned levels, void *old, size_t *old_length, const void *value,
           size_t value_length)
{
    size_t room = *old_length;
    expected.calls++;
    assert_null(value);
    assert_int_equal(value_length, 0);
    assert_int_equal(levels, expected.levels);
    assert_memory_equal(mib, expected.mib, levels * sizeof *mib);
    if (expected.error) {
        errno = expected.error;
        return -1;
    }
    *old_length = expected.length;
    if (!old)
        return 0;
    if (expected.length > room) {
        errno = ENOMEM;
        return -1;
    }
    memcpy(old, expected.answer, expected.length);
    return 0;
}

/* The answer to the next questions, and the MIB that they must have. */
static inline void answer(const int *mib, unsigned levels, const void *what, size_t length)
{
    memset(&expected, 0, sizeof expected);
    memcpy(expected.mib, mib, levels * sizeof *mib);
    expected.levels = levels;
    expected.answer = what;
    expected.length = length;
}

static inline void errors_of_processes(int64_t pid, size_t whole)
{
    expected.error = ESRCH;
    assert_int_equal(ask_error(pid, ZMALLOC_SYSINFO_RSS), -ESRCH);
    expected.error = EPERM;
    assert_int_equal(ask_error(pid, ZMALLOC_SYSINFO_RSS), -EACCES);
    expected.error = 0;
    expected.length = 0;
    assert_int_equal(ask_error(pid, ZMALLOC_SYSINFO_RSS), -ESRCH);
    expected.length = whole - 4;
    assert_int_equal(ask_error(pid, ZMALLOC_SYSINFO_RSS), -EPROTO);
    expected.length = whole;
    assert_int_equal(ask_error(pid, ZMALLOC_SYSINFO_RSS), 0);
    expected.calls = 0;
    assert_int_equal(ask_error((int64_t)INT32_MAX + 1, ZMALLOC_SYSINFO_RSS), -ESRCH);
    assert_int_equal(ask_error(pid, ZMALLOC_SYSINFO_FOOTPRINT), -ENOTSUP);
}

#endif
