/* Ports, sockets and words.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "server_address.h"

#include "tools/live/listener.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define TRIES   20
#define BACKLOG 511

static struct sockaddr_in local4(unsigned port)
{
    return (struct sockaddr_in){.sin_family = AF_INET,
                                .sin_port = htons((uint16_t)port),
                                .sin_addr = {htonl(INADDR_LOOPBACK)}};
}

static struct sockaddr_in6 local6(unsigned port)
{
    return (struct sockaddr_in6){.sin6_family = AF_INET6,
                                 .sin6_port = htons((uint16_t)port),
                                 .sin6_addr = IN6ADDR_LOOPBACK_INIT};
}

/* The descriptor, or -errno. */
static int bind_to(int family, const void *address, socklen_t size)
{
    const int yes = 1;
    int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -errno;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &yes, sizeof yes);
    if (bind(fd, address, size) == 0)
        return fd;
    int error = errno;
    close(fd);
    return -error;
}

/* A port that is free in both families; a machine may have no IPv6. */
static int try_port(struct zm_address *address)
{
    struct sockaddr_in four = local4(0);
    socklen_t size = sizeof four;
    address->held[1] = -1;
    address->held[0] = bind_to(AF_INET, &four, sizeof four);
    if (address->held[0] < 0)
        return address->held[0];
    if (getsockname(address->held[0], (struct sockaddr *)&four, &size) != 0)
        return -errno;
    address->port = ntohs(four.sin_port);
    struct sockaddr_in6 six = local6(address->port);
    address->held[1] = bind_to(AF_INET6, &six, sizeof six);
    return address->held[1] == -EADDRINUSE ? -EADDRINUSE : 0;
}

int zm_address_choose_port(struct zm_address *address, enum zm_hold how)
{
    int status = -EADDRINUSE;
    for (int tries = 0; tries < TRIES && status == -EADDRINUSE; tries++) {
        status = try_port(address);
        if (status != 0 || how == ZM_NOT_HELD)
            zm_address_release(address);
    }
    if (status == 0 && how == ZM_LISTENING && listen(address->held[0], BACKLOG) != 0) {
        status = -errno;
        zm_address_release(address);
    }
    return status;
}

void zm_address_release(struct zm_address *address)
{
    for (int i = 0; i < 2; i++) {
        if (address->held[i] >= 0)
            close(address->held[i]);
        address->held[i] = -1;
    }
}

static bool connects(int family, const void *address, socklen_t size)
{
    int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool found = fd >= 0 && connect(fd, address, size) == 0;
    if (fd >= 0)
        close(fd);
    return found;
}

bool zm_address_answers(const struct zm_address *address)
{
    struct sockaddr_in four = local4(address->port);
    struct sockaddr_in6 six = local6(address->port);
    struct sockaddr_un file = {.sun_family = AF_UNIX};
    if (address->port > 0)
        return connects(AF_INET, &four, sizeof four) || connects(AF_INET6, &six, sizeof six);
    snprintf(file.sun_path, sizeof file.sun_path, "%.*s", (int)sizeof file.sun_path - 1,
             address->socket);
    return connects(AF_UNIX, &file, sizeof file);
}

size_t zm_address_listeners(const struct zm_address *address, pid_t *out, size_t most)
{
    return address->port > 0 ? zm_listeners(address->port, out, most)
                             : zm_socket_listeners(address->socket, out, most);
}

/* ---- words ---- */

static void put_place(FILE *out, const char **command, const struct zm_address *address)
{
    if (strncmp(*command, ZM_PLACE_PORT, sizeof ZM_PLACE_PORT - 1) == 0) {
        fprintf(out, "%u", address->port);
        *command += sizeof ZM_PLACE_PORT - 1;
    } else if (strncmp(*command, ZM_PLACE_SOCKET, sizeof ZM_PLACE_SOCKET - 1) == 0) {
        fputs(address->socket, out);
        *command += sizeof ZM_PLACE_SOCKET - 1;
    } else {
        putc(*(*command)++, out);
    }
}

const char *zm_address_split(const char *command, const struct zm_address *address, wordexp_t *out)
{
    char *line = NULL;
    size_t size;
    FILE *text = open_memstream(&line, &size);
    while (text && *command)
        put_place(text, &command, address);
    if (!text || fclose(text) != 0)
        return "out of memory";
    int error = wordexp(line, out, WRDE_NOCMD);
    free(line);
    if (error == 0 && out->we_wordc > 0)
        return NULL;
    if (error == 0 || error == WRDE_NOSPACE)
        wordfree(out);
    return error == 0              ? "it is empty"
           : error == WRDE_BADCHAR ? "for | & ; < > ( ) { } use: sh -c '...'"
           : error == WRDE_CMDSUB  ? "for $(...) use: sh -c '...'"
           : error == WRDE_SYNTAX  ? "a quote or brace is not closed"
                                   : "out of memory";
}
