/* Writing the stubs' jumps.
 *
 * The pages are never without the right to run, for other threads may be running them. A jump's
 * distance is one aligned store; and when mprotect takes the right to write away again, it makes
 * every processor that runs this process begin anew, so that none goes on with the old jump.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "stubs.h"

#if ZM_STUBS

#    include <assert.h>
#    include <errno.h>
#    include <stddef.h>
#    include <string.h>
#    include <sys/mman.h>

#    include "base/environment.h"

#    define PAGE ((uintptr_t)4096)

enum { JUMP = 5 }; /* bytes: the opcode and the distance from its end */

struct stub {
    int32_t jump; /* from here */
    uint32_t at;
};

extern ZM_HIDDEN const struct stub zm_stubs_api[];
extern ZM_HIDDEN const struct stub zm_stubs_libc[] __attribute__((weak)); /* the preload library */

#    define STANDS_AT(function, where) \
        static_assert(offsetof(struct zm_front, function) == (where), "see stubs.h")
STANDS_AT(zmalloc, ZM_AT_ZMALLOC);
STANDS_AT(ztrymalloc, ZM_AT_ZTRYMALLOC);
STANDS_AT(zcalloc, ZM_AT_ZCALLOC);
STANDS_AT(zmalloc_usable, ZM_AT_ZMALLOC_USABLE);
STANDS_AT(ztrymalloc_usable, ZM_AT_ZTRYMALLOC_USABLE);
STANDS_AT(zrealloc, ZM_AT_ZREALLOC);
STANDS_AT(zfree, ZM_AT_ZFREE);
STANDS_AT(zfree_with_size, ZM_AT_ZFREE_WITH_SIZE);
STANDS_AT(malloc, ZM_AT_MALLOC);
STANDS_AT(calloc, ZM_AT_CALLOC);
STANDS_AT(realloc, ZM_AT_REALLOC);
STANDS_AT(free_sized, ZM_AT_FREE_SIZED);
STANDS_AT(usable, ZM_AT_USABLE);

static enum { NEW, DIRECT, REFUSED } state;

static uintptr_t jump_of(const struct stub *stub)
{
    return (uintptr_t)&stub->jump + (uintptr_t)(intptr_t)stub->jump;
}

static int protect(const struct stub *stubs, int protection)
{
    uintptr_t done = 0;
    for (; stubs && stubs->jump; stubs++) {
        uintptr_t page = jump_of(stubs) & ~(PAGE - 1);
        if (page == done)
            continue;
        if (mprotect((void *)page, PAGE, protection) != 0)
            return -errno;
        done = page;
    }
    return 0;
}

static void lock(void)
{
    (void)protect(zm_stubs_api, PROT_READ | PROT_EXEC);
    (void)protect(zm_stubs_libc, PROT_READ | PROT_EXEC);
}

static bool unwanted(void)
{
    char buf[64];
    const char *value = zm_environment("ZMALLOC_DIRECT", buf, sizeof buf);
    return value && strcmp(value, "off") == 0;
}

int zm_stubs_unlock(void)
{
    if (state == NEW && unwanted())
        state = REFUSED;
    if (state == REFUSED)
        return 0;
    int error = protect(zm_stubs_api, PROT_READ | PROT_WRITE | PROT_EXEC);
    if (!error)
        error = protect(zm_stubs_libc, PROT_READ | PROT_WRITE | PROT_EXEC);
    if (!error)
        return 0;
    lock();
    if (state == DIRECT)
        return error; /* the stubs would lead to what is no longer active */
    state = REFUSED;
    return 0;
}

/* A function too far for a jump is one of a backend from outside: that goes through the table. */
static void follow(const struct stub *stubs, const struct zm_front *active)
{
    for (; stubs && stubs->jump; stubs++) {
        uintptr_t jump = jump_of(stubs), target;
        target = *(const uintptr_t *)((const char *)active + stubs->at);
        intptr_t distance = (intptr_t)(target - (jump + JUMP));
        int32_t near = (int32_t)distance == distance ? (int32_t)distance : 0;
        assert(target && (jump + 1) / 8 == (jump + JUMP - 1) / 8);
        __asm__ volatile("movl %0, 1(%1)" : : "r"(near), "r"(jump) : "memory");
    }
}

void zm_stubs_follow(const struct zm_front *active)
{
    if (state == REFUSED)
        return;
    follow(zm_stubs_api, active);
    follow(zm_stubs_libc, active);
    lock();
    state = DIRECT;
}

#else

int zm_stubs_unlock(void)
{
    return 0;
}

void zm_stubs_follow(const struct zm_front *active)
{
    (void)active;
}

#endif
