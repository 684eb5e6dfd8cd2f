/* The account of a running process, read from its memory: without stopping it, and without work in
 * it.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TOOLS_LIVE_LIVE_H
#define ZM_TOOLS_LIVE_LIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/live_format.h"

struct zm_live_account {
    char backend[64], version[64];
    int64_t started; /* seconds since 1970 */
    bool copied;     /* forked without the library's knowledge: its parent's figures are in these */
    uint64_t allocated, freed, allocs, frees; /* since the start; bytes, calls */
    uint64_t peak, own_peak;                  /* the second since the fork, in a forked process */
    int64_t peak_time;
    uint32_t threads; /* that have allocated */
};

/* A process whose page has been found: reading it again does not look for it again. */
struct zm_live_source {
    pid_t pid;
    uint64_t address; /* of the page */
    struct zm_live page;
    bool copied;
};

/* 0, or
 *   -ESRCH     there is no such process
 *   -ENOENT    it has no account
 *   -EPERM     its memory may not be read
 *   -EPROTO    its library has another format than this tool
 *   -EBADMSG   what it tells can't be true
 *   -EAGAIN    its threads came and went too fast
 *   -ENOTSUP   not on this system */
int zm_live_open(pid_t pid, struct zm_live_source *out);

/* Likewise; after an exec the process has another page, or none: an error. */
int zm_live_take(const struct zm_live_source *source, struct zm_live_account *out);

/* 0 if the process still has the page, and can be switched by the same byte; else an error of the
 * above, -ENOENT after an exec. */
int zm_live_look_again(const struct zm_live_source *source);

/* The limits of the process, and the numbers that it has published, which are to be freed. */
struct zm_live_number {
    char name[48];
    uint64_t value;
};
int zm_live_limits(const struct zm_live_source *source, struct zm_live_limits *out);
int zm_live_numbers(const struct zm_live_source *source, struct zm_live_number **out,
                    size_t *count);

/* The threads that have a slot, the one with the most allocated bytes first; to be freed. */
struct zm_live_thread {
    uint32_t tid;  /* 0: not known */
    char name[64]; /* as the system has it: anybody's text; "" if it is not known */
    uint64_t allocated, freed, allocs; /* by this thread; what it has freed may be others' */
};
int zm_live_threads(const struct zm_live_source *source, struct zm_live_thread **out,
                    size_t *count);

/* The heaps of the program, in the order of their making; to be freed. */
struct zm_live_heap_account {
    uint32_t number, parent; /* places in the program's table; 0: no parent */
    char name[ZM_LIVE_NAME_MAX], backend[32];
    uint64_t soft, hard; /* bytes; 0: none */
    uint64_t allocated, freed, allocs, frees, peak, reclaims, refused;
};
int zm_live_heaps(const struct zm_live_source *source, struct zm_live_heap_account **out,
                  size_t *count);

/* What such an error means, in a few words. */
const char *zm_live_problem(int error);

/* Prints that of this process. Returns ZM_EXIT_TOOL. */
int zm_live_refuse(const char *subcommand, pid_t pid, int error);

#endif
