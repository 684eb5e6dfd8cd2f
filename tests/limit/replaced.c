/* A program with functions of its own in the place of libc's. syscall() and clock_gettime()
 * allocate: what reads resident memory for the limit must not wait for itself. mprotect() is
 * refused: there is an error then, and all is as before.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include <dlfcn.h>
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>
#include <zmalloc.h>

#define MIB ((size_t)1 << 20)

static bool armed;
static unsigned allocations;

static void allocate(void)
{
    static bool inside;
    if (!armed || inside)
        return;
    inside = true;
    void *block = ztrymalloc(MIB); /* more than any allowance */
    allocations += block != NULL;
    zfree(block);
    inside = false;
}

long syscall(long number, ...)
{
    static long (*real)(long number, ...);
    long word[6];
    va_list words;
    va_start(words, number);
    for (int i = 0; i < 6; i++)
        word[i] = va_arg(words, long);
    va_end(words);
    if (!real)
        *(void **)&real = dlsym(RTLD_NEXT, "syscall");
    allocate();
    return real(number, word[0], word[1], word[2], word[3], word[4], word[5]);
}

int clock_gettime(clockid_t clock, struct timespec *now)
{
    static int (*real)(clockid_t clock, struct timespec * now);
    if (!real)
        *(void **)&real = dlsym(RTLD_NEXT, "clock_gettime");
    allocate();
    return real(clock, now);
}

static bool refuses;

int mprotect(void *start, size_t length, int allowed)
{
    static int (*real)(void *start, size_t length, int allowed);
    if (!real)
        *(void **)&real = dlsym(RTLD_NEXT, "mprotect");
    if (refuses) {
        errno = ENOMEM;
        return -1;
    }
    return real(start, length, allowed);
}

static size_t nothing(size_t wanted, void *arg)
{
    (void)wanted, (void)arg;
    return 0;
}

int main(void)
{
    alarm(20);
    (void)zmalloc_used_memory();
    struct zmalloc_limit limit = {.struct_size = sizeof limit,
                                  .of = ZMALLOC_LIMIT_RSS,
                                  .hard = zmalloc_get_rss() + 64 * MIB,
                                  .reclaim = nothing};
    refuses = true;
    int refused = zmalloc_set_limit(&limit);
    struct zmalloc_limit_state state = {.struct_size = sizeof state};
    void *unlimited = ztrymalloc(100 * MIB);
    refuses = false;
    if (refused != -ENOMEM || !unlimited || zmalloc_get_limit(&state) != 0 || state.hard) {
        fprintf(stderr, "%d where mprotect fails\n", refused);
        return 1;
    }
    zfree(unlimited);
    if (zmalloc_set_limit(&limit) != 0)
        return 1;
    armed = true;
    for (int i = 0; i < 200; i++)
        zfree(ztrymalloc(MIB));
    void *most = ztrymalloc(100 * MIB);
    armed = false;
    if (most || !allocations) {
        fprintf(stderr, "%s; %u blocks from within\n", most ? "no limit" : "refused", allocations);
        return 1;
    }
    return 0;
}
