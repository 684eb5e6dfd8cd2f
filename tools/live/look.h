/* A process that is looked at again and again: what was seen last outlives it.
 *
 * Its account is that of the program that it runs. Once exec has given it another one, what was
 * seen of the one before is forgotten, so that nobody takes it for the other's.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TOOLS_LIVE_LOOK_H
#define ZM_TOOLS_LIVE_LOOK_H

#include <stdbool.h>
#include <stdint.h>

#include "image.h"
#include "live.h"
#include "processes.h"

enum zm_process_end {
    ZM_STILL_RUNNING,
    ZM_ENDED_UNSEEN, /* nobody has told how */
    ZM_ENDED,
};

struct zm_looked_at {
    pid_t pid;
    struct zm_process_state state;
    enum zm_process_end ending;
    int status;      /* of one that has ended, as waitpid tells it */
    double ended_at; /* at the latest, on zm_now's clock */
    int descriptor;  /* ends.h */

    /* The program. */
    struct zm_image image;
    unsigned images; /* programs that were seen; 0: none yet */
    unsigned opened; /* files for reports, since it was last seen: a program does at its start */
    bool renamed;    /* its name at the end is another one */
    int problem;     /* why there is no account: an error of live.h; 0: there is one */
    double since, try_at; /* on zm_now's clock: first seen; when to look for it again */

    /* Its account. */
    struct zm_live_source source;
    struct zm_live_account account, inherited; /* as last seen; what a fork has brought along */
    unsigned seen;                             /* so often */
    double seen_at;                            /* when last, on zm_now's clock */

    uint64_t rss, peak_rss; /* bytes; 0: unknown */
    bool reported;          /* it has told its account itself */
};

/* Looks at one that is running, at the time `now`. */
void zm_look(struct zm_looked_at *process, double now);

/* What a forked process has from its parent, when both have just been looked at for the first time
 * since. */
void zm_look_inherit(struct zm_looked_at *process, const struct zm_looked_at *parent);

/* NULL if what was last seen of the account is the process's own, else why there is none. Of one
 * whose end nobody saw it has to be seen twice: what is forked to become another program at once is
 * not taken for it. */
const char *zm_look_doubt(const struct zm_looked_at *process);

/* How long before its end that was, at most; of one that is running, how long before `now`. */
double zm_look_age(const struct zm_looked_at *process, double now);

/* Bytes in use, without what it has from its parent. */
uint64_t zm_look_used(const struct zm_looked_at *process);

/* What was allocated since the fork or exec: bytes and calls. */
uint64_t zm_look_allocated(const struct zm_looked_at *process);
uint64_t zm_look_allocs(const struct zm_looked_at *process);

#endif
