/* All processes of this machine that have an account which this process may read.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TOOLS_PROCESS_LIVE_LIST_H
#define ZM_TOOLS_PROCESS_LIVE_LIST_H

#include <stddef.h>

#include "live.h"

struct zm_live_process {
    struct zm_live_source source;
    struct zm_live_account account;
    char command[64]; /* the name of its program, as the system has it: anybody's text */
    uint64_t rss;     /* bytes; 0: unknown */
};

struct zm_live_list {
    struct zm_live_process *all; /* by process ID */
    size_t count;
    size_t unreadable; /* processes whose memory may not be read */
};

/* Looks at these processes; with none given, at all. 0, or the error of the first that was given
 * and can't be read, with its number in *which, which may be NULL: the others are there. */
int zm_live_list_read(const pid_t *pids, size_t count, struct zm_live_list *out, pid_t *which);
void zm_live_list_free(struct zm_live_list *list);

#endif
