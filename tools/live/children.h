/* The descendants of a process.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TOOLS_LIVE_CHILDREN_H
#define ZM_TOOLS_LIVE_CHILDREN_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct zm_pids {
    pid_t *all;
    size_t count, room;
};

bool zm_pids_has(const struct zm_pids *pids, pid_t pid);
bool zm_pids_add(struct zm_pids *pids, pid_t pid); /* false: out of memory */
void zm_pids_clear(struct zm_pids *pids);

/* Adds the children of `pid`, theirs, and so on; but none of `without`, nor what descends from
 * them. Children that other threads than the first have started are only found if it is to be
 * thorough. 0, or -errno: -EAGAIN where only a thorough search finds any, for want of
 * CONFIG_PROC_CHILDREN. */
int zm_descendants(pid_t pid, const struct zm_pids *without, bool thorough, struct zm_pids *out);

/* The thorough search of such systems. */
int zm_descendants_by_parents(pid_t pid, const struct zm_pids *without, struct zm_pids *out);

#endif
