/* The ways in which a program may end, and what they share. Each leaves with STATUS.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TESTS_PRELOAD_ENDINGS_H
#define ZM_TESTS_PRELOAD_ENDINGS_H

#include <stddef.h>
#include <sys/types.h>

#define STATUS 7

/* A block with something in it; the last one is kept. */
void *zm_hold(size_t size);

/* Says what has failed, and leaves with another status. */
void zm_must(int result);

/* Of a child that has left; -1 if it did not. */
int zm_status_of(pid_t pid);

/* ---- endings_hard.c: with little stack, by threads, under filters of system calls ---- */

int zm_on_alternate_stack(char **arguments);
int zm_from_small_thread(char **arguments);
int zm_while_cancelled(char **arguments);
int zm_after_the_first_thread(char **arguments);
int zm_without_opening(char **arguments);
int zm_fork_without_opening(char **arguments);
int zm_with_hardly_any_call(char **arguments);

/* ---- endings_away.c: as daemons, as somebody else, elsewhere, writing where nobody reads ---- */

int zm_as_daemon(char **arguments);
int zm_with_own_files(char **arguments);
int zm_after_rename(char **arguments);
int zm_after_unlink(char **arguments);
int zm_without_privileges(char **arguments);
int zm_in_other_root(char **arguments);
int zm_with_workers(char **arguments);
int zm_in_background(char **arguments);
int zm_with_full_pipe(char **arguments);

#endif
