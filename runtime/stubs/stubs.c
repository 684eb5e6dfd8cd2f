/* Writing the stubs' jumps.
 *
 * The pages are never without the right to run, for other threads may be running them. A jump's
 * distance is one store inside an aligned word, so a thread that comes by goes one way or the
 * other; and when the last is written, every processor that runs this process is made to begin
 * anew, so that none goes on with an old jump.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "stubs.h"

#if ZM_STUBS

#    include <assert.h>
#    include <errno.h>
#    include <stddef.h>
#    include <string.h>
#    include <sys/mman.h>
#    include <sys/syscall.h>
#    include <unistd.h>

#    include "base/environment.h"

#    define PAGE ((uintptr_t)4096)

enum { JUMP = 5 }; /* bytes: the opcode and the distance from its end */

struct stub {
    int32_t jump; /* from here */
    uint32_t at;
};

/* Each ends with a jump of 0. The second is empty but in the preload library. */
extern ZM_HIDDEN const struct stub zm_stubs_api[], zm_stubs_libc[];

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

/* ---- the right to write ---- */

static uintptr_t page_of(const struct stub *stubs)
{
    return jump_of(stubs) & ~(PAGE - 1);
}

/* All stubs of a file are in one page. Pages beside each other are one mapping, which must not have
 * to be split when the right is taken away. */
static int protect(int protection)
{
    uintptr_t first = page_of(zm_stubs_api), last = first;
    if (zm_stubs_libc->jump) {
        uintptr_t other = page_of(zm_stubs_libc);
        if (other == first + PAGE)
            last = other;
        else if (other == first - PAGE)
            first = other;
        else if (other != first && mprotect((void *)other, PAGE, protection) != 0)
            return -errno;
    }
    return mprotect((void *)first, last + PAGE - first, protection) == 0 ? 0 : -errno;
}

/* What can be written can be run all the same: if this fails, nothing else is wrong. */
static void lock(void)
{
    (void)protect(PROT_READ | PROT_EXEC);
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
    int error = protect(PROT_READ | PROT_WRITE | PROT_EXEC);
    if (!error)
        return 0;
    lock();
    if (state == DIRECT)
        return error; /* the stubs would lead to what is no longer active */
    state = REFUSED;
    return 0;
}

/* ---- the jumps ---- */

/* valgrind, which runs a translation of the code, looks at none again that came from a file, unless
 * it is told to. This is how it is told; to a processor the instructions say nothing. */
static void tell_valgrind(uintptr_t code, size_t size)
{
    enum { DISCARD_TRANSLATIONS = 0x1002 };
    volatile uintptr_t request[6] = {DISCARD_TRANSLATIONS, code, size};
    uintptr_t result = 0;
    __asm__ volatile("rolq $3, %%rdi; rolq $13, %%rdi; rolq $61, %%rdi; rolq $51, %%rdi\n\t"
                     "xchgq %%rbx, %%rbx"
                     : "+d"(result)
                     : "a"(request)
                     : "cc", "memory");
}

/* All functions are in the library, as the stubs are: none is too far. */
static void follow(const struct stub *stubs, const struct zm_front *active)
{
    for (; stubs->jump; stubs++) {
        uintptr_t jump = jump_of(stubs);
        uintptr_t target = *(const uintptr_t *)((const char *)active + stubs->at);
        int32_t distance = (int32_t)(target - (jump + JUMP));
        assert(target && distance == (intptr_t)(target - (jump + JUMP)));
        assert((jump + 1) / 8 == (jump + JUMP - 1) / 8);
        __asm__ volatile("movl %0, 1(%1)" : : "r"(distance), "r"(jump) : "memory");
        tell_valgrind(jump, JUMP);
    }
}

/* Of membarrier(2), which the headers of many systems don't have yet. */
enum { SYNC_CORE = 1 << 5, REGISTER_SYNC_CORE = 1 << 6 };

static int barrier(int command)
{
#    ifdef SYS_membarrier
    return (int)syscall(SYS_membarrier, command, 0, 0);
#    else
    (void)command;
    return -1;
#    endif
}

/* Taking the right to write away does the same where a processor is told by an interrupt to forget
 * a page's rights. So this is for those that are told otherwise, and kernels have it since 4.16. */
static void begin_anew(void)
{
    int saved_errno = errno;
    if (barrier(SYNC_CORE) != 0 && barrier(REGISTER_SYNC_CORE) == 0)
        (void)barrier(SYNC_CORE);
    errno = saved_errno;
}

void zm_stubs_follow(const struct zm_front *active)
{
    if (state == REFUSED)
        return;
    follow(zm_stubs_api, active);
    follow(zm_stubs_libc, active);
    lock();
    if (state == DIRECT) /* before that they went through the table, which is right, too */
        begin_anew();
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
