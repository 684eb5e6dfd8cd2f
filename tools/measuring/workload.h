/* What is run for each sample of a comparison: the user's command, or one of our own.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TOOLS_MEASURING_WORKLOAD_H
#define ZM_TOOLS_MEASURING_WORKLOAD_H

struct zm_workload {
    char *name;    /* as the user knows it */
    char *program; /* the file to execute */
    char *const *argv;
    double timeout_s;       /* 0: none */
    const char *stdin_file; /* NULL: /dev/null */
};

/* These two set everything but the timeout, and allocate the name and the program, which
 * zm_workload_clear frees. They return 0, or the exit status after printing the reason. */

/* The user's command. `argv` must live as long as the workload. */
int zm_workload_from_command(const char *subcommand, char **argv, struct zm_workload *out);

/* sqlite3 over a database in memory, or python3 building dictionaries where there is no sqlite3. */
int zm_workload_default(const char *subcommand, struct zm_workload *out);

void zm_workload_clear(struct zm_workload *workload);

#endif
