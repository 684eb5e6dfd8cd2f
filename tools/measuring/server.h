/* Servers as workloads: the server runs under a backend, and a command of its own loads it.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TOOLS_MEASURING_SERVER_H
#define ZM_TOOLS_MEASURING_SERVER_H

#include <limits.h>

#include "tools/samples/sample.h"
#include "workload.h"

struct zm_server {
    const char *command, *load; /* command lines with {port} in them */
    double listen_s;            /* how long it may take to listen */
    double timeout_s;           /* of the load; 0: none */
    char program[PATH_MAX], load_program[PATH_MAX];
    char *argv[2]; /* of its workload: the program alone, for messages */
};

/* Checks both command lines and finds their programs. Returns 0, or the exit status after printing
 * the reason. */
int zm_server_prepare(const char *subcommand, struct zm_server *server);

/* The prepared server as a workload, for zm_workload_clear to free; it points into `server`.
 * Returns 0, or the exit status after printing the reason. */
int zm_server_workload(const char *subcommand, struct zm_server *server, struct zm_workload *out);

/* Takes a sample as zm_plan's `take` does: starts the server on a free port of 127.0.0.1, waits
 * until it listens, runs the load without the preload library, and stops the server. The wall time
 * is the load's; all other figures are the server's. */
int zm_server_take(const struct zm_server *server, const struct zm_row *row, unsigned block,
                   struct zm_sample *out);

#endif
