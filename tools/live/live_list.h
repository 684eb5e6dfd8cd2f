/* All processes of this machine that have an account which this process may read.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TOOLS_LIVE_LIVE_LIST_H
#define ZM_TOOLS_LIVE_LIVE_LIST_H

#include <stddef.h>

#include "live.h"

struct zm_live_process {
    struct zm_live_source source;
    struct zm_live_account account;
    char command[64]; /* the name of its program, as the system has it: anybody's text */
    uint64_t rss;     /* bytes; 0: unknown */
};

/* A process without an account, or with one that may not be read. It may get one by exec. */
struct zm_live_without {
    pid_t pid;
    int status;  /* why */
    double from; /* when this was found, on zm_now's clock */
};

struct zm_live_list {
    struct zm_live_process *all; /* by process ID */
    size_t count;
    size_t unreadable;               /* processes whose memory may not be read */
    struct zm_live_without *without; /* by process ID; only when all are looked at */
    size_t without_count;
};

/* Looks at these processes; with none given, at all. 0, or the error of the first that was given
 * and can't be read, with its number in *which, which may be NULL: the others are there.
 *
 * `before`, which may be NULL, is an earlier list: what it knows is not looked for again. A process
 * that had no account is looked at again after ZM_LIVE_LOOKED_AT_AGAIN_S. */
#define ZM_LIVE_LOOKED_AT_AGAIN_S 5
int zm_live_list_read(const pid_t *pids, size_t count, const struct zm_live_list *before,
                      struct zm_live_list *out, pid_t *which);
void zm_live_list_free(struct zm_live_list *list);

#endif
