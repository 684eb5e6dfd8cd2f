/* The metrics over HTTP.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TOOLS_COMMANDS_LIVE_SERVE_H
#define ZM_TOOLS_COMMANDS_LIVE_SERVE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Serves /metrics on this port of 127.0.0.1, 0 being any that is free, until a signal comes; each
 * request reads these processes anew, or all. Returns the exit status. */
int zm_metrics_serve(const char *subcommand, uint16_t port, const pid_t *pids, size_t count);

#endif
