/* What the sysinfo tests share. SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TEST_SYSINFO_HELPERS_H
#define ZM_TEST_SYSINFO_HELPERS_H

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zmalloc/sysinfo.h>

#include <cmocka.h>

#define MB ((uint64_t)1 << 20)

/* |figure - expected| <= slack, else both are told. */
static inline void assert_near(uint64_t figure, uint64_t expected, uint64_t slack)
{
    uint64_t off = figure > expected ? figure - expected : expected - figure;
    if (off > slack)
        fail_msg("%llu is not within %llu of %llu", (unsigned long long)figure,
                 (unsigned long long)slack, (unsigned long long)expected);
}

static inline struct zmalloc_sysinfo_memory ask(int64_t pid, uint32_t wanted)
{
    struct zmalloc_sysinfo_memory memory;
    memset(&memory, 0xa5, sizeof memory);
    memory.struct_size = sizeof memory;
    assert_int_equal(zmalloc_sysinfo_memory(pid, wanted, &memory), 0);
    assert_int_equal(memory.has & ~wanted, 0);
    return memory;
}

static inline int ask_error(int64_t pid, uint32_t wanted)
{
    struct zmalloc_sysinfo_memory memory = {.struct_size = sizeof memory};
    int result = zmalloc_sysinfo_memory(pid, wanted, &memory);
    if (result)
        assert_int_equal(memory.has, 0);
    return result;
}

#endif
