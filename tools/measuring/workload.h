/* What a comparison runs: the user's command, or a job of our own.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TOOLS_MEASURING_WORKLOAD_H
#define ZM_TOOLS_MEASURING_WORKLOAD_H

#include <limits.h>

#include "server.h"

/* What is run: the same for all samples of a comparison. */
struct zm_workload {
    const char *name;    /* as the user knows it */
    const char *program; /* the file to execute */
    char *const *argv;
    double timeout_s; /* 0: none */
};

struct zm_job {
    char program[PATH_MAX];
    char *name; /* owned */
    char *const *argv;
};

/* The user's command, which starts at argv[0]. Returns 0, else the exit status, the reason printed.
 */
int zm_job_from_command(const char *subcommand, char **argv, struct zm_job *out);

/* sqlite3 over a database in memory; python3 building dictionaries where there is no sqlite3. */
int zm_job_default(const char *subcommand, struct zm_job *out);

/* Its command and its load; both were checked. */
int zm_job_from_server(const char *subcommand, const struct zm_server *server, struct zm_job *out);

void zm_job_clear(struct zm_job *job);

#endif
