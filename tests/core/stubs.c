/* The exported names that are one jump lead to the function that is active, also while other
 * threads run through them, and go through the table where the system does not let code be written.
 *
 * usage: stubs [alone]   alone: without what an emulator of the processor can't run
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "runtime/stubs/stubs.h"

#include <stdio.h>
#include <zmalloc.h>

#include "test.h"

#if !ZM_STUBS

int main(void)
{
    puts("skipped: no stubs on this machine");
    return 77;
}

#else

#    include <errno.h>
#    include <inttypes.h>
#    include <linux/filter.h>
#    include <linux/seccomp.h>
#    include <stdatomic.h>
#    include <stddef.h>
#    include <stdlib.h>
#    include <string.h>
#    include <sys/mman.h>
#    include <sys/prctl.h>
#    include <sys/syscall.h>
#    include <sys/wait.h>
#    include <unistd.h>

#    include "child.h"
#    include "runtime/active.h"
#    include "threads.h"

static char *self;

/* ---- where a stub leads ---- */

static const uint8_t *jump_in(uintptr_t function)
{
    static const uint8_t landing[] = {0xf3, 0x0f, 0x1e, 0xfa, 0x0f, 0x1f, 0x00}; /* if any */
    const uint8_t *code = (const uint8_t *)function;
    return memcmp(code, landing, sizeof landing) == 0 ? code + sizeof landing : code;
}

/* NULL: through the table. */
static uintptr_t target_of(uintptr_t function)
{
    const uint8_t *jump = jump_in(function);
    int32_t distance;
    assert_int_equal(jump[0], 0xe9);
    memcpy(&distance, jump + 1, sizeof distance);
    return distance ? (uintptr_t)jump + 5 + (uintptr_t)(intptr_t)distance : 0;
}

#    define LEADS_TO_TABLE(function) (target_of((uintptr_t)(function)) == 0)
#    define LEADS_TO(function, member) \
        (target_of((uintptr_t)(function)) == (uintptr_t)zm_active_page.front.member)

static bool all_lead_to_the_active(void)
{
    return LEADS_TO(zmalloc, zmalloc) && LEADS_TO(ztrymalloc, ztrymalloc) &&
           LEADS_TO(zcalloc, zcalloc) && LEADS_TO(zmalloc_usable, zmalloc_usable) &&
           LEADS_TO(ztrymalloc_usable, ztrymalloc_usable) && LEADS_TO(zrealloc, zrealloc) &&
           LEADS_TO(zfree, zfree) && LEADS_TO(zfree_with_size, zfree_with_size) &&
           LEADS_TO(zmalloc_size, usable) && LEADS_TO(zmalloc_usable_size, usable);
}

static bool can_be_written(const void *address)
{
    FILE *maps = fopen("/proc/self/maps", "r");
    uintptr_t from, to;
    char rights[5];
    bool found = false, writable = true;
    assert_non_null(maps);
    while (!found && fscanf(maps, "%" SCNxPTR "-%" SCNxPTR " %4s%*[^\n]", &from, &to, rights) == 3)
        if ((uintptr_t)address >= from && (uintptr_t)address < to) {
            found = true;
            writable = rights[1] == 'w';
            assert_int_equal(rights[2], 'x');
        }
    fclose(maps);
    assert_true(found);
    return writable;
}

static int limit_to(uint64_t bytes)
{
    struct zmalloc_limit limit = {.struct_size = sizeof limit, .hard = bytes};
    return zmalloc_set_limit(bytes ? &limit : NULL);
}

static void they_lead_to_what_is_active(void **state)
{
    (void)state;
    assert_true(all_lead_to_the_active());
    assert_false(can_be_written(jump_in((uintptr_t)zmalloc)));
    uintptr_t before = target_of((uintptr_t)zmalloc);
    assert_int_equal(limit_to(zmalloc_used_memory() + (1 << 20)), 0);
    assert_true(all_lead_to_the_active());
    assert_true(target_of((uintptr_t)zmalloc) != before);
    assert_false(can_be_written(jump_in((uintptr_t)zmalloc)));
    assert_null(ztrymalloc(2 << 20));
    assert_int_equal(limit_to(0), 0);
    assert_true(target_of((uintptr_t)zmalloc) == before);
    void *block = ztrymalloc(2 << 20);
    assert_non_null(block);
    zfree(block);
}

/* ---- while others run through them ---- */

static atomic_bool stop;

static void allocate(void *arg, unsigned number)
{
    (void)arg;
    while (!atomic_load(&stop)) {
        void *blocks[8];
        for (unsigned i = 0; i < 8; i++)
            blocks[i] = i % 2 ? zcalloc(8 * i + number) : zmalloc(16 * i + number);
        for (unsigned i = 0; i < 8; i++) {
            blocks[i] = zrealloc(blocks[i], zmalloc_size(blocks[i]) + 1);
            zfree(blocks[i]);
        }
    }
}

static void they_change_under_threads(void **state)
{
    (void)state;
    size_t before = zmalloc_used_memory();
    struct zm_crew *crew = zm_crew_start(4, allocate, NULL);
    for (int i = 0; i < 3000; i++)
        assert_int_equal(limit_to(i % 2 ? 0 : UINT64_C(1) << 40), 0);
    atomic_store(&stop, true);
    zm_crew_join(crew);
    assert_int_equal(zmalloc_used_memory(), before);
    assert_true(all_lead_to_the_active());
}

/* ---- where the system refuses ---- */

static int refuse_to_write_code(void)
{
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_mprotect, 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[2])),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, PROT_READ | PROT_WRITE | PROT_EXEC, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EACCES),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog filter = {sizeof code / sizeof *code, code};
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || prctl(PR_SET_SECCOMP, 2, &filter) ? 77 : 0;
}

/* In a program that was started so. */
static int goes_through_the_table(void)
{
    ZM_EXPECT(LEADS_TO_TABLE(zmalloc) && LEADS_TO_TABLE(zfree) && LEADS_TO_TABLE(zmalloc_size));
    size_t before = zmalloc_used_memory();
    void *block = zmalloc(100);
    ZM_EXPECT(zmalloc_used_memory() - before == zmalloc_size(block));
    zfree(block);
    ZM_EXPECT(limit_to(before + (1 << 20)) == 0 && LEADS_TO_TABLE(zmalloc));
    ZM_EXPECT(!ztrymalloc(2 << 20));
    ZM_EXPECT(limit_to(0) == 0 && zmalloc_used_memory() == before);
    return 0;
}

static int start_refused(void *arg)
{
    (void)arg;
    if (refuse_to_write_code() != 0)
        return 77;
    execl(self, self, "table", (char *)NULL);
    return 1;
}

static int start_off(void *arg)
{
    (void)arg;
    setenv("ZMALLOC_DIRECT", "off", 1);
    execl(self, self, "table", (char *)NULL);
    return 1;
}

/* The limit is refused, too, since the stubs would lead past it. */
static int refused_later(void *arg)
{
    (void)arg;
    if (refuse_to_write_code() != 0)
        return 77;
    ZM_EXPECT(limit_to(1 << 20) == -EACCES);
    struct zmalloc_limit_state told = {.struct_size = sizeof told};
    ZM_EXPECT(zmalloc_get_limit(&told) == 0 && told.hard == 0);
    ZM_EXPECT(all_lead_to_the_active());
    void *block = ztrymalloc(4 << 20);
    ZM_EXPECT(block);
    zfree(block);
    return 0;
}

static void run(int (*body)(void *))
{
    struct zm_child child = zm_run_child(body, NULL, 60);
    if (WIFEXITED(child.status) && WEXITSTATUS(child.status) == 77)
        skip();
    zm_assert_child_ok(&child);
}

static void refused_at_the_start(void **state)
{
    (void)state;
    run(start_refused);
}

static void refused_while_running(void **state)
{
    (void)state;
    run(refused_later);
}

static void turned_off(void **state)
{
    (void)state;
    run(start_off);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest alone[] = {cmocka_unit_test(they_lead_to_what_is_active)};
    if (argc > 1 && strcmp(argv[1], "alone") == 0)
        return cmocka_run_group_tests(alone, NULL, NULL);
    if (argc > 1)
        return goes_through_the_table();
    self = argv[0];
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(they_lead_to_what_is_active),
        cmocka_unit_test(they_change_under_threads),
        cmocka_unit_test(refused_at_the_start),
        cmocka_unit_test(refused_while_running),
        cmocka_unit_test(turned_off),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#endif
