/* The processes that descend from one that this process has started, looked at from outside while
 * they run: what they used, and how they ended, is known then although they were killed.
 *
 * No work is done in them, and none is stopped. The looks come 1, 2, 4, 8, 16 ms after the start,
 * then every 20 ms, or so seldom that they take no more than 2 % of the time of one CPU.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TOOLS_LIVE_TREE_H
#define ZM_TOOLS_LIVE_TREE_H

#include <sys/resource.h>

#include "children.h"
#include "look.h"
#include "tools/samples/timeline.h"

struct zm_tree {
    pid_t root;
    double began;              /* on zm_now's clock */
    struct zm_timeline *rss;   /* of the largest process; NULL: not wanted. The caller's */
    struct zm_looked_at **all; /* in the order in which they were seen, the root first */
    size_t count;
    struct zm_looked_at **running; /* those that may run still; there is room for all */
    size_t running_count;
    struct rusage adopted; /* of those whose parents had ended before them */

    /* The most at once. */
    double pss;           /* bytes: the sum over all processes; negative: there never were two */
    size_t pss_processes; /* so many had it */
    size_t pss_hidden;    /* so many more may not be read */
    double used;          /* bytes in use, the sum over all whose account could be read */
    size_t processes;     /* that ran at once */

    struct zm_pids without; /* children of this process that have nothing to do with it */
    int ends;               /* readable when a process has ended, for which a look is due; ends.h */
    int reports;         /* tells of files opened in the folder of reports; negative: it doesn't */
    double due, pss_due; /* of the next looks, in seconds since the start */
    double rss_before;   /* the sum, at the last look at PSS */
    unsigned looks;
};

/* Adds the times, faults and switches that `more` tells. */
void zm_usage_add(struct rusage *to, const struct rusage *more);

/* `reports` is the folder in which each program of the tree opens a file called PID.json at its
 * start; NULL: there is none. To be called before the root is started. */
void zm_tree_init(struct zm_tree *tree, const char *reports);
void zm_tree_clear(struct zm_tree *tree);

/* The root is there; another child, which is not to count with its descendants, is. */
void zm_tree_begin(struct zm_tree *tree, pid_t root, double began);
void zm_tree_leave_out(struct zm_tree *tree, pid_t pid);

/* Looks, if a look is due. The result is the time of the next one on zm_now's clock. */
double zm_tree_look(struct zm_tree *tree);

/* Looks in any case, at all processes and for all. */
void zm_tree_look_now(struct zm_tree *tree);

/* The root has ended, and is yet to be waited for. */
void zm_tree_root_ends(struct zm_tree *tree);
void zm_tree_root_ended(struct zm_tree *tree, int status);

/* How many run, the root among them: as of the last look, or as is found out now. */
size_t zm_tree_running(const struct zm_tree *tree);
size_t zm_tree_count(struct zm_tree *tree);

/* Signals: to those whose parents have ended before them, with their groups, but not to the root's
 * group; SIGKILL to all. */
void zm_tree_signal_orphans(const struct zm_tree *tree, int number);
void zm_tree_kill(const struct zm_tree *tree);

/* The last process of that number, as it calls itself: in a namespace it has one of its own.
 * NULL: none was seen. */
struct zm_looked_at *zm_tree_find(const struct zm_tree *tree, int64_t own_number);

/* Of all that this process starts from now on, it adopts those whose parents end before them. */
void zm_tree_adopt(void);

#endif
