/* A server under a backend, and what loads it.
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

/* Checks both command lines and finds their programs. Returns 0, else the exit status, the reason
 * printed. */
int zm_server_prepare(const char *subcommand, struct zm_server *server);

/* The prepared server as a workload, for zm_workload_clear to free; it points into `server`.
 * Returns 0, or the exit status after printing the reason. */
int zm_server_workload(const char *subcommand, struct zm_server *server, struct zm_workload *out);

/* Starts the server on a free port of 127.0.0.1, waits until it listens, runs the load without a
 * preload library, and stops the server. Wall time is the load's; all else is the server's. For
 * zm_plan's `take`. */
int zm_server_take(const struct zm_server *server, const struct zm_row *row, unsigned block,
                   struct zm_sample *out);

#endif
