/* A running process that is switched, alone or with all its descendants.
 *
 * A tree changes while it is looked at: processes fork, execute other programs, and end. So what is
 * to be done with all of them is an order, which each member gets once, when it is found; one that
 * has become another program gets it again.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TOOLS_LIVE_FAMILY_FAMILY_H
#define ZM_TOOLS_LIVE_FAMILY_FAMILY_H

#include "tools/live/processes.h"
#include "tools/live/switching.h"

struct zm_member {
    pid_t pid;
    struct zm_process_state state;
    struct zm_live_source source;
    int problem;     /* why it has no account: an error of live.h; 0: it has one */
    char before[64]; /* what it ran when it was found, or who forked it before the first order */
    unsigned order;  /* the last one that it has got; 0: none */
    int obstacle;    /* why it could not be switched by that, as below; 0: it was */

    /* What figures.c has counted of it. */
    uint64_t program, program_started, allocs;
    double cpu_s, waited_s;
    double ended_s; /* its children's, which it has not waited for when they were last seen */
};

struct zm_family {
    pid_t root;
    bool children;         /* its descendants are members, too */
    struct zm_member *all; /* whoever forks stands before whom it forks */
    size_t count, room;
    size_t seen; /* members there ever were */

    unsigned order;     /* the last one's number; 0: none was given */
    char backend[64];   /* to which it was; "": each to the one before */
    bool somebody_else; /* has switched a member since */

    /* figures.c */
    bool pss;       /* that is the memory, not RSS */
    double pause_s; /* until the next look, lest looking takes more than 2 % of a CPU */
    double cpu_s, allocs;
};

/* Finds the process, and what belongs to it. 0, or an error of live.h: of a single process also
 * that it has no account. It is to be closed in any case. */
int zm_family_open(struct zm_family *family, pid_t root, bool children);
void zm_family_close(struct zm_family *family);

/* Finds who has come, and forgets who has ended. Likewise; -ESRCH: the root has ended. A single
 * process that has executed another program is another's: -ENOENT. */
int zm_family_find(struct zm_family *family);

/* Why the member can't be switched to that backend; NULL: to any. 0, an error of live.h, or one of
 * these. */
enum { ZM_STARTED_WITHOUT = 1, ZM_NOT_TO_THAT };
int zm_member_obstacle(const struct zm_member *member, const char *backend);
void zm_member_put_obstacle(const struct zm_member *member, const char *backend, int obstacle,
                            FILE *out);

/* Whether it has ended since it was found, or is about to. */
bool zm_member_has_ended(const struct zm_member *member);

/* The first that can be switched; NULL: there is none. */
const struct zm_member *zm_family_first(const struct zm_family *family);

/* What an order has done to a member, which ran `from`; see its obstacle. */
typedef void zm_family_tell(const struct zm_member *member, const char *from, void *context);

/* Switches all that can be; with NULL each to the backend it had before. Who may not be switched to
 * this one goes back to that, too. It looks for new members until there is none left that runs
 * another backend: whoever is forked from then on runs this one. `tell`, which may be NULL, gets
 * those that were there at the beginning, and those that were switched later. 0, or an error of
 * live.h: -ESRCH if the root has ended, -EBUSY if there is no end of new programs; or a single
 * process's obstacle. */
int zm_family_switch(struct zm_family *family, const char *backend, bool purge,
                     zm_family_tell *tell, void *context);

/* Gives the last order to those that have come since. */
void zm_family_remind(struct zm_family *family);

/* Whether some have not yet begun to give back what is free. */
bool zm_family_awaits(const struct zm_family *family);

/* Prints what such an error means. Returns ZM_EXIT_TOOL. */
int zm_family_refuse(const char *subcommand, const struct zm_family *family, int error);

#endif
