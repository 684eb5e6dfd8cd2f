/* Where a server of a sample listens, and its command lines, which have places for that.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TOOLS_MEASURING_SERVER_ADDRESS_H
#define ZM_TOOLS_MEASURING_SERVER_ADDRESS_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include <wordexp.h>

#define ZM_PLACE_PORT   "{port}"
#define ZM_PLACE_SOCKET "{socket}"

struct zm_address {
    unsigned port;         /* 0: none */
    char socket[PATH_MAX]; /* "": none */
    int held[2];           /* our own sockets, of IPv4 and IPv6; negative: none */
};

/* Chooses a TCP port of this machine that is free, and holds it: bound, but not listening, which a
 * server that sets SO_REUSEADDR or SO_REUSEPORT, as nearly all do, doesn't mind, and nobody else is
 * given. If it is not to be held, another may take it meanwhile. If it is to listen, held[0] is for
 * the server to inherit. 0, or -errno. */
enum zm_hold { ZM_NOT_HELD, ZM_HELD, ZM_LISTENING };
int zm_address_choose_port(struct zm_address *address, enum zm_hold how);
void zm_address_release(struct zm_address *address);

/* Whether somebody listens there: on 127.0.0.1 or ::1, or on the socket. */
bool zm_address_answers(const struct zm_address *address);

/* The processes that have a socket which listens there; `most` at most. */
size_t zm_address_listeners(const struct zm_address *address, pid_t *out, size_t most);

/* Splits a command line into words as a shell does, with the address in its places. Returns NULL,
 * or why it cannot (static storage). */
const char *zm_address_split(const char *command, const struct zm_address *address, wordexp_t *out);

#endif
