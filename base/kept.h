/* Descriptors of ours in a process of somebody else's: kept out of its way, and known again when
 * they are needed. Programs that close all files they do not know, daemons above all, soon have one
 * of their own under the number.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_BASE_KEPT_H
#define ZM_BASE_KEPT_H

#include <stdbool.h>
#include <sys/stat.h>

struct zm_kept {
    bool held;
    int fd;
    dev_t device;
    ino_t inode;
};

/* Takes over the descriptor, and moves it above those that programs use. If it can't be moved or is
 * negative, nothing is held. */
void zm_keep(struct zm_kept *kept, int fd);

/* Remembers a descriptor that is the program's own. */
void zm_keep_in_mind(struct zm_kept *kept, int fd);

/* The descriptor, if it is still the same file, else -1; *st is of that. */
int zm_kept_fd(const struct zm_kept *kept, struct stat *st);

/* Closes it, if it is still ours. */
void zm_let_go(struct zm_kept *kept);

/* False in a process with a filter of system calls, which may end it for one that it does not let
 * through. */
bool zm_may_open(void);

#endif
