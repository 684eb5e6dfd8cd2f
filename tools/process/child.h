/* Running one child to its end: what it cost, and how it ended.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TOOLS_PROCESS_CHILD_H
#define ZM_TOOLS_PROCESS_CHILD_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/resource.h>
#include <sys/types.h>

struct zm_tree;

struct zm_child {
    const char *program; /* the file to execute */
    char *const *argv;
    char *const *environment;
    double timeout_s;        /* 0: none */
    const char *stdin_file;  /* NULL: /dev/null, which stdout is */
    const char *stdout_file; /* is created; NULL: /dev/null */
    const char *stderr_file; /* likewise, and may be the same; NULL: ours */
    int inherited;           /* a descriptor that it has as number 3; 0: none */
    struct zm_tree *tree;    /* the child's, to be looked at while it runs; NULL: not wanted */
    struct zm_tree *watched; /* another's, which it is not to be part of */
};

struct zm_child_end {
    int spawn_error; /* the errno of a child that was never started; then nothing else is set */
    pid_t pid;
    int status; /* as a shell has it: the exit status, or 128 + the signal */
    int signal; /* the one that ended it; 0 if it exited */
    bool timed_out;
    bool killed; /* by SIGKILL, because it did not end after SIGTERM */
    double wall_s;
    struct rusage usage; /* of the child and of all descendants that were waited for, by whomever */
};

/* From now on, SIGINT, SIGTERM and SIGHUP stop the running child instead of this process, and what
 * loses its parent gets this process for one. Must be called before the first child is started. */
void zm_child_catch_signals(void);

/* The signal that has come; 0 while there is none. */
int zm_child_interrupted(void);

/* Starts the child in a process group of its own, waits for it, and stops what it left behind. A
 * child that is stopped early gets SIGTERM, then SIGKILL. */
void zm_child_run(const struct zm_child *child, struct zm_child_end *end);

/* The same in steps, for a child that runs beside others. */
struct zm_running_child {
    pid_t pid;
    struct zm_tree *tree;
    double began; /* on zm_now's clock */
    bool ended;
    struct zm_child_end end;
};

/* 0, or the errno of a child that was never started. */
int zm_child_start(const struct zm_child *child, struct zm_running_child *out);
bool zm_child_has_ended(struct zm_running_child *running);

/* Whether nothing is left of the child: one that has made itself a daemon, by a process of its own
 * and an exit with 0, is still there. */
bool zm_child_is_gone(struct zm_running_child *running);

/* Waits until the child ends. If its time is over or a signal comes to this process, it is
 * stopped. */
void zm_child_wait(const struct zm_child *child, struct zm_running_child *running);

/* Asks the processes of the child's group and tree to end, by that signal, and kills those that are
 * still there after `grace_s`. */
void zm_child_stop(struct zm_running_child *running, int number, double grace_s);

/* Sleeps until a signal comes, but at most `seconds`; negative: without an end. */
void zm_pause(double seconds);

/* Sleeps until that time on zm_now's clock; false: a signal has come that is to end it all. */
bool zm_pause_until(double at);

/* As zm_pause, but at most until there is something to read from `fd`; true then. */
bool zm_pause_for_input(int fd, double seconds);

/* The signal of that name, with or without SIG, or number; 0: there is none. */
int zm_signal_find(const char *name);

/* "SIGSEGV", or "signal 99", for which `buf` is used, if the signal has no name here. */
const char *zm_signal_name(int number, char *buf, size_t size);

#endif
