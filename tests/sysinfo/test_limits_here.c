/* Limits for real: RLIMIT_AS, and whatever this machine has.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "helpers.h"
#include <pthread.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static int under_a_limit(void)
{
    struct zmalloc_sysinfo_memory memory = {.struct_size = sizeof memory};
    struct zmalloc_sysinfo_limit limit = {.struct_size = sizeof limit};
    struct rlimit space;
    void *block;
    if (zmalloc_sysinfo_memory(0, ZMALLOC_SYSINFO_VIRTUAL, &memory))
        return 1;
    space.rlim_cur = space.rlim_max = memory.virtual_size + 64 * MB;
    if (setrlimit(RLIMIT_AS, &space) || zmalloc_sysinfo_limit(0, &limit))
        return 2;
    if (limit.address_space != space.rlim_cur ||
        limit.headroom_by != ZMALLOC_SYSINFO_BY_ADDRESS_SPACE)
        return 3;
    if (limit.address_space < limit.ram && limit.effective != limit.address_space)
        return 4;
    if (limit.headroom > 64 * MB || limit.headroom < 60 * MB)
        return 5;
    block = mmap(NULL, limit.headroom + MB, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (block != MAP_FAILED)
        return 6;
    block = mmap(NULL, limit.headroom - MB, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return block == MAP_FAILED ? 7 : 0;
}

static void address_space_for_real(void **state)
{
    int status;
    pid_t child = fork();
    (void)state;
    assert_true(child >= 0);
    if (!child)
        _exit(under_a_limit());
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

static void this_machine(void **state)
{
    struct zmalloc_sysinfo_limit limit = {.struct_size = sizeof limit};
    struct zmalloc_sysinfo_level level = {.struct_size = sizeof level};
    struct zmalloc_sysinfo_pressure stalls = {.struct_size = sizeof stalls};
    uint64_t lowest = ZMALLOC_SYSINFO_UNLIMITED;
    int result;
    (void)state;
    assert_int_equal(zmalloc_sysinfo_limit(0, &limit), 0);
    assert_int_equal(limit.struct_size, sizeof limit);
    assert_true(limit.has & ZMALLOC_SYSINFO_LIMIT_EFFECTIVE);
    assert_true(limit.effective <= limit.ram);
    for (uint32_t i = 0; i < limit.cgroup_levels; i++) {
        assert_int_equal(zmalloc_sysinfo_level(0, i, &level), 0);
        if (level.has & ZMALLOC_SYSINFO_LEVEL_LIMIT && level.limit < lowest)
            lowest = level.limit;
    }
    if (limit.cgroup_levels) {
        assert_int_equal(zmalloc_sysinfo_level(0, limit.cgroup_levels, &level), -ENODATA);
        assert_true(limit.cgroup <= lowest);
    }
    result = zmalloc_sysinfo_pressure(ZMALLOC_SYSINFO_PRESSURE_MACHINE, &stalls);
    assert_true(result == 0 || result == -ENOTSUP);
    level.struct_size = limit.struct_size = stalls.struct_size = 8;
    assert_int_equal(zmalloc_sysinfo_limit(0, &limit), -EINVAL);
    assert_int_equal(zmalloc_sysinfo_level(0, 0, &level), -EINVAL);
    assert_int_equal(zmalloc_sysinfo_pressure(0, &stalls), -EINVAL);
    assert_int_equal(zmalloc_sysinfo_limit(0, NULL), -EINVAL);
}

/* ---- the stack that the questions need ---- */

enum { STACK = 256 * 1024, PAINT = 0x5a };

static void *nothing(void *arg)
{
    return arg;
}

static void *all_questions(void *arg)
{
    static struct zmalloc_sysinfo_limit limit = {.struct_size = sizeof limit};
    static struct zmalloc_sysinfo_level level = {.struct_size = sizeof level};
    static struct zmalloc_sysinfo_pressure stalls = {.struct_size = sizeof stalls};
    static struct zmalloc_sysinfo_memory memory = {.struct_size = sizeof memory};
    uint64_t bytes;
    zmalloc_sysinfo_limit(0, &limit);
    zmalloc_sysinfo_level(0, 0, &level);
    zmalloc_sysinfo_pressure(ZMALLOC_SYSINFO_PRESSURE_CGROUP, &stalls);
    zmalloc_sysinfo_memory(0, ZMALLOC_SYSINFO_ALL, &memory);
    zmalloc_sysinfo_smaps(0, "Size", &bytes);
    return arg;
}

/* The bytes of a painted stack that a thread has written to. */
static size_t stack_of(void *(*body)(void *))
{
    static _Alignas(4096) unsigned char stack[STACK];
    pthread_attr_t attr;
    pthread_t thread;
    size_t untouched = 0;
    memset(stack, PAINT, STACK);
    assert_int_equal(pthread_attr_init(&attr), 0);
    assert_int_equal(pthread_attr_setstack(&attr, stack, STACK), 0);
    assert_int_equal(pthread_create(&thread, &attr, body, NULL), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    pthread_attr_destroy(&attr);
    while (untouched < STACK && stack[untouched] == PAINT)
        untouched++;
    return STACK - untouched;
}

/* The header promises 8 KiB, which holds for optimized code without a sanitizer. */
static void stack_is_bounded(void **state)
{
    (void)state;
#if defined(__OPTIMIZE__) && !defined(ZM_SANITIZED)
    all_questions(NULL); /* the dynamic linker is done with its part */
    size_t base = stack_of(nothing), all = stack_of(all_questions);
    printf("stack: %zu bytes\n", all - base);
    assert_true(all - base <= 8192);
#else
    (void)stack_of, (void)nothing, (void)all_questions;
    skip();
#endif
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(address_space_for_real),
        cmocka_unit_test(this_machine),
        cmocka_unit_test(stack_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
