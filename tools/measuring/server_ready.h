/* Waiting until a server is ready for its load.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TOOLS_MEASURING_SERVER_READY_H
#define ZM_TOOLS_MEASURING_SERVER_READY_H

#include "server.h"
#include "server_address.h"
#include "tools/process/child.h"

/* False if the server ends or takes too long, with the reason in the sample, or if a signal comes.
 * `output` is the file that it writes its output to. */
bool zm_server_wait(const struct zm_server *server, const struct zm_address *address,
                    const char *output, struct zm_running_child *running, struct zm_sample *out);

/* "exit status 1", "signal SIGSEGV" */
const char *zm_server_end(const struct zm_child_end *end, char *buf, size_t size);

#endif
