/* Servers as workloads: the server runs under a backend, and a command of its own loads it.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TOOLS_MEASURING_SERVER_H
#define ZM_TOOLS_MEASURING_SERVER_H

#include <limits.h>
#include <regex.h>
#include <stdbool.h>

#include "tools/samples/sample.h"
#include "workload.h"

struct zm_server {
    const char *command, *load; /* command lines, with places for where it listens */

    /* When it is ready: when it listens, or with one of these. */
    const char *ready_line;    /* a regular expression, of a line of its output; NULL: none */
    const char *ready_command; /* a command line that ends with 0; NULL: none */
    double listen_s;           /* how long it may take */
    bool inherits;             /* the socket, which listens already, as descriptor 3 */

    int signal;            /* that stops it; 0: SIGTERM */
    double stop_timeout_s; /* until SIGKILL does; 0: 10 */
    double timeout_s;      /* of the load; 0: none */

    /* zm_server_prepare fills these in. */
    char program[PATH_MAX], load_program[PATH_MAX], ready_program[PATH_MAX];
    bool has_port, has_socket;
    regex_t line;
    char *argv[2]; /* of its workload: the program alone, for messages */
};

/* Checks all command lines and finds their programs. Returns 0, or the exit status after printing
 * the reason. */
int zm_server_prepare(const char *subcommand, struct zm_server *server);

/* The prepared server as a workload, for zm_workload_clear to free; it points into `server`.
 * Returns 0, or the exit status after printing the reason. */
int zm_server_workload(const char *subcommand, struct zm_server *server, struct zm_workload *out);

/* Takes a sample as zm_plan's `take` does: starts the server, with a port or a socket of its own if
 * its command has a place for one, waits until it is ready, runs the load without the preload
 * library, and stops the server. The wall time is the load's; all other figures are the server's.
 */
int zm_server_take(const struct zm_server *server, const struct zm_row *row, unsigned block,
                   struct zm_sample *out);

#endif
