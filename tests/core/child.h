/* Runs part of a test in a forked process: what dies there dies alone.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TESTS_CHILD_H
#define ZM_TESTS_CHILD_H

#include <stddef.h>

struct zm_child {
    int status;     /* as waitpid tells it */
    char err[4096]; /* the start of what it wrote to stderr */
};

/* `body` returns the exit status. A child that takes longer than `seconds` dies of SIGALRM. */
struct zm_child zm_run_child(int (*body)(void *arg), void *arg, unsigned seconds);

/* Fails the running test, with the child's stderr, unless it exited with 0. */
void zm_assert_child_ok(const struct zm_child *child);

/* In a child, where cmocka's asserts can't be used: says what is wrong and exits with 1. */
#define ZM_EXPECT(condition)                                \
    do {                                                    \
        if (!(condition))                                   \
            zm_child_fails(#condition, __FILE__, __LINE__); \
    } while (0)
_Noreturn void zm_child_fails(const char *condition, const char *file, int line);

#endif
