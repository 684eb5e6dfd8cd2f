/* The account that each process under the preload library leaves at exit (ZMALLOC_STATS), or what
 * was seen of it from outside where it left none.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TOOLS_PROCESS_ACCOUNT_H
#define ZM_TOOLS_PROCESS_ACCOUNT_H

#include <stddef.h>
#include <stdint.h>

#include "tools/live/tree.h"
#include "tools/samples/figure.h"

/* What one process reported, or was seen to have. */
struct zm_account {
    int64_t pid;
    char command[64]; /* the name of its program; "" in reports that have none */
    char backend[128];
    char choice[4096]; /* what ZMALLOC_BACKEND named if that is a file, else "" */
    char version[64];
    double values[ZM_MEASURED]; /* of the figures that an account has */
    double used;                /* bytes, at the end */
    double age_s;               /* before its end, of what was seen; negative: it has reported */
};

/* Reads one line. Returns NULL, or what is wrong with it (static storage). */
const char *zm_account_parse(const char *line, size_t length, struct zm_account *out);

/* The processes of one sample together. */
struct zm_accounts {
    size_t processes;           /* that reported or were seen */
    size_t seen;                /* those of them that did not report */
    double age_s;               /* of what was seen, the oldest */
    size_t damaged;             /* lines that could not be read */
    char damage[96];            /* what is wrong with the first of them, and where */
    struct zm_account largest;  /* the process whose peak RSS was highest */
    double values[ZM_MEASURED]; /* of all processes, or of the largest, as account.c lists them */
    char stranger[128];         /* a backend other than `wanted` that was reported; "" if none */
};

/* What was seen of a process. NULL, or why that is not certainly its account (zm_look_doubt). */
const char *zm_account_seen(const struct zm_looked_at *process, struct zm_account *out);

/* Reads every *.json file in `directory`, where processes under the backend `wanted` report, and
 * marks in the tree which did; those that did not are added as they were seen. `tree` may be NULL.
 * 0, or -errno if the directory cannot be listed. */
int zm_accounts_read(const char *directory, const char *wanted, struct zm_tree *tree,
                     struct zm_accounts *out);

/* Likewise, and shows each account; `process` is what it was seen as, NULL if it was not. */
typedef void zm_account_visitor(void *context, const struct zm_account *account,
                                const struct zm_looked_at *process);
int zm_accounts_visit(const char *directory, const char *wanted, struct zm_tree *tree,
                      zm_account_visitor *visit, void *context, struct zm_accounts *out);

/* Copies the figures that accounts have into `values`, which are indexed by enum zm_figure. */
void zm_accounts_take(const struct zm_accounts *accounts, double *values);

#endif
