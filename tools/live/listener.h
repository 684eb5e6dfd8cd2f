/* Which processes listen on a port or a Unix socket.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TOOLS_LIVE_LISTENER_H
#define ZM_TOOLS_LIVE_LISTENER_H

#include <stddef.h>
#include <sys/types.h>

/* Fills in the processes that listen on the TCP port, `most` at most: several share a socket that
 * they have inherited. Returns how many; 0 also where the system does not tell. */
size_t zm_listeners(unsigned port, pid_t *out, size_t most);

/* Likewise on the Unix socket of that name. */
size_t zm_socket_listeners(const char *path, pid_t *out, size_t most);

#endif
