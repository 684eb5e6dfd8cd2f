/* Where reports at exit go: a file, or what stderr was at the start.
 *
 * The file is opened at the start, because a program may give up its privileges, enter another root
 * or filter its system calls before it exits. Whoever then writes calls fstat, write and
 * pthread_sigmask; more only where the file has been lost or can't be written. Nothing here
 * allocates, or needs more than a small stack.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_BASE_OUTPUT_H
#define ZM_BASE_OUTPUT_H

#include <limits.h>
#include <stdbool.h>

#include "kept.h"
#include "line.h"

struct zm_output {
    char target[PATH_MAX]; /* "stderr", or an absolute name with %p and %%; empty: nowhere */
    /* This process's file. A name that %p makes too long is to fail, not to be cut off. */
    char name[2 * PATH_MAX];
    char why[2048]; /* room for a message */
    struct zm_kept file;
};

/* `wanted`: "stderr", or a file name in which %p stands for the process ID and %% for %. Opens it.
 * False: the name is too long. What else is wrong with it is said when it is written to. */
bool zm_output_open(struct zm_output *o, const char *wanted);

/* In a forked process: opens the file that %p names there. Where it can't, the parent's stays. */
void zm_output_after_fork(struct zm_output *o);

/* Appends the text, whole or not at all. Where the file can't be written, the text follows the
 * reason on stderr. `variable` is the variable of the environment that asked for it. */
void zm_output_write(struct zm_output *o, const char *variable, const struct zm_line *t);

#endif
