/* What these programs share. Each is built twice or thrice: with the API's names, linked with the
 * library, shared and static; and with libc's names (ZM_PLAIN), to run under the preload library.
 *
 * They have no test framework: it would allocate before they do.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TESTS_TORTURE_H
#define ZM_TESTS_TORTURE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#ifdef ZM_PLAIN
#    include <malloc.h>

#    include "tests/preload/libraries/loaded.h"
#    define zm_take(size)              malloc(size)
#    define zm_take_zeroed(num, size)  calloc(num, size)
#    define zm_take_aligned(to, size)  aligned_alloc(to, size)
#    define zm_retake(block, size)     realloc(block, size)
#    define zm_give(block)             free(block)
#    define zm_give_sized(block, size) free(block)
#    define zm_size(block)             malloc_usable_size(block)
#    define zm_used()                  zm_loaded_used()
#    define zm_backend()               zm_loaded_backend()
#else
#    include <zmalloc.h>
#    define zm_take(size)              zmalloc(size)
#    define zm_take_zeroed(num, size)  zcalloc_num(num, size)
#    define zm_take_aligned(to, size)  zaligned_alloc(to, size)
#    define zm_retake(block, size)     zrealloc(block, size)
#    define zm_give(block)             zfree(block)
#    define zm_give_sized(block, size) zfree_with_size(block, size)
#    define zm_size(block)             zmalloc_size(block)
#    define zm_used()                  zmalloc_used_memory()
#    define zm_backend()               zmalloc_backend_name()
#    define zm_loaded_init()           ((void)0)
#endif

/* What takes longer hangs. SIGALRM ends it, and the runner says so. */
enum { ZM_HANGS_AFTER = 10 };

/* Says what is not as it should be, and ends the process with 1. Allocates nothing. */
#define ZM_WANT(condition) ((condition) ? (void)0 : zm_unwanted(#condition, __FILE__, __LINE__))

static inline _Noreturn void zm_unwanted(const char *condition, const char *file, int line)
{
    dprintf(STDERR_FILENO, "%s:%d: not so: %s\n", file, line, condition);
    _exit(1);
}

/* Waits for a child, which must have ended with 0. Ends as the child has where that hangs. */
static inline void zm_want_good_end(pid_t child)
{
    int status;
    ZM_WANT(child > 0);
    ZM_WANT(waitpid(child, &status, 0) == child);
    if (WIFSIGNALED(status)) {
        dprintf(STDERR_FILENO, "the child died of signal %d\n", WTERMSIG(status));
        _exit(WTERMSIG(status) == SIGALRM ? 124 : 1);
    }
    ZM_WANT(WEXITSTATUS(status) == 0);
}

/* Whether an argument is this word. */
static inline bool zm_is(const char *argument, const char *word)
{
    return strcmp(argument, word) == 0;
}

#endif
