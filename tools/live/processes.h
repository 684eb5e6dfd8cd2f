/* The processes of this machine, as far as the system shows them.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TOOLS_LIVE_PROCESSES_H
#define ZM_TOOLS_LIVE_PROCESSES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Their numbers, for free. 0, or -errno: there is no /proc, or no memory. */
int zm_processes(pid_t **out, size_t *count);

/* The name of a process's program, as the system has it: anybody's text. False: there is no such
 * process. */
bool zm_process_name(pid_t pid, char *out, size_t size);

/* Likewise of one of its threads. */
bool zm_thread_name(pid_t pid, pid_t tid, char *out, size_t size);

/* What the system tells of any process, to anybody. */
struct zm_process_state {
    char command[64]; /* as above */
    bool over;        /* it has ended, and its parent has not yet been told */
    bool ending; /* it is about to end, and may have no memory any more; as far as its first thread
                    tells */
    pid_t parent, group; /* the processes' */
    bool forked;         /* and has not called exec since */
    double waited_s;     /* CPU time of its descendants that have ended and were waited for */
    uint64_t started; /* clock ticks since the machine's start: another number is another process */
    int ended;        /* of one that has ended, and may be read: as waitpid tells it */
};

bool zm_process_state(pid_t pid, struct zm_process_state *out);

#endif
