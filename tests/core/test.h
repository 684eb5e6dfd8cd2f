/* What every test here includes: cmocka with what it needs, and small helpers.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TESTS_TEST_H
#define ZM_TESTS_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define ZM_COUNT_OF(array) (sizeof(array) / sizeof *(array))

/* Mebibytes, and the seconds that a forked part of a test may take. */
#define ZM_MIB     ((size_t)1 << 20)
#define ZM_TIMEOUT 60

/* A sanitizer makes everything dear, forks most of all, and has limits of its own. */
#ifdef ZM_SANITIZED
enum { ZM_SANITIZER = 1 };
#else
enum { ZM_SANITIZER = 0 };
#endif

/* An emulator of another machine, qemu-user, is slow, too, and does not have all of its kernel. */
#ifdef ZM_EMULATED
enum { ZM_EMULATOR = 1 };
#else
enum { ZM_EMULATOR = 0 };
#endif
enum { ZM_SLOW = ZM_SANITIZER || ZM_EMULATOR };

/* xorshift64: the same numbers in every run. `state` is not 0. */
static inline uint64_t zm_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

/* The test programs run once for each backend: this says which is wanted. */
static inline const char *zm_wanted_backend(void)
{
    const char *name = getenv("ZMALLOC_BACKEND");
    return name ? name : "";
}

/* Whether it is this allocator, in whichever version: mimalloc, mimalloc2, mimalloc@mine. */
static inline bool zm_wanted_is(const char *allocator)
{
    size_t length = strlen(allocator);
    const char *name = zm_wanted_backend();
    return strncmp(name, allocator, length) == 0 &&
           strspn(name + length, "0123456789") == strcspn(name + length, "@");
}

/* Whether it is that allocator through our module for it, which does what the allocator can, and
 * not the system's library. */
static inline bool zm_module_is(const char *allocator)
{
    const char *system = getenv("ZM_SYSTEM_ALLOCATORS");
    return zm_wanted_is(allocator) && !(system && strstr(system, allocator));
}

#endif
