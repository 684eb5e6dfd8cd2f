/* What is asked of a server, checked before the first run.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "server.h"

#include "server_address.h"
#include "tools/common/cli.h"
#include "tools/common/command.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#define STOP_S 10.0 /* a server may have a lot to write when it ends; the help says so */

static int check(const char *subcommand, const char *option, const char *command, char *program)
{
    static const struct zm_address longest = {.port = 65535, .socket = "/socket"};
    wordexp_t words;
    const char *problem = zm_address_split(command, &longest, &words);
    if (problem)
        return zm_usage_error(subcommand, "can't read the command of --%s: %s", option, problem);
    int status = zm_command_find(subcommand, words.we_wordv[0], program);
    wordfree(&words);
    return status;
}

static int check_place(const char *subcommand, const struct zm_server *server, const char *place,
                       bool there)
{
    bool in_load = strstr(server->load, place) != NULL;
    if (there && !in_load)
        return zm_usage_error(subcommand, "--load needs a command with %s in it, not '%s'", place,
                              server->load);
    if (in_load && !there)
        return zm_usage_error(subcommand, "--load has %s, but --server has not", place);
    return 0;
}

/* Where it listens, and how one knows that it does. */
static int check_places(const char *subcommand, struct zm_server *server)
{
    bool told = server->ready_line || server->ready_command;
    server->has_port = server->inherits || strstr(server->command, ZM_PLACE_PORT);
    server->has_socket = strstr(server->command, ZM_PLACE_SOCKET) != NULL;
    if (!server->has_port && !server->has_socket && !told)
        return zm_usage_error(subcommand,
                              "--server needs a command with " ZM_PLACE_PORT " or " ZM_PLACE_SOCKET
                              " in it, or --ready-line or --ready-command, "
                              "not '%s'",
                              server->command);
    if (server->has_port && server->has_socket)
        return zm_usage_error(subcommand,
                              "either " ZM_PLACE_PORT " or " ZM_PLACE_SOCKET ", not both");
    if (server->ready_line && server->ready_command)
        return zm_usage_error(subcommand, "either --ready-line or --ready-command");
    if (server->inherits && !told)
        return zm_usage_error(subcommand, "--inherit-socket needs --ready-line or --ready-command: "
                                          "the socket answers before the server does");
    int status = check_place(subcommand, server, ZM_PLACE_PORT, server->has_port);
    return status ? status : check_place(subcommand, server, ZM_PLACE_SOCKET, server->has_socket);
}

static int check_line(const char *subcommand, struct zm_server *server)
{
    char why[128];
    if (server->ready_line && !*server->ready_line)
        return zm_usage_error(subcommand, "--ready-line needs what the line has in it");
    int error = server->ready_line ? regcomp(&server->line, server->ready_line,
                                             REG_EXTENDED | REG_NEWLINE | REG_NOSUB)
                                   : 0;
    if (error == 0)
        return 0;
    regerror(error, &server->line, why, sizeof why);
    return zm_usage_error(subcommand, "can't read --ready-line '%s': %s", server->ready_line, why);
}

int zm_server_prepare(const char *subcommand, struct zm_server *server)
{
    if (!server->command)
        return zm_usage_error(subcommand, "--server needs a command, which --load loads");
    if (!server->load)
        return zm_usage_error(subcommand, "--load needs a command, which loads the server");
    int status = check_places(subcommand, server);
    if (status == 0)
        status = check(subcommand, "server", server->command, server->program);
    if (status == 0)
        status = check(subcommand, "load", server->load, server->load_program);
    if (status == 0 && server->ready_command)
        status = check(subcommand, "ready-command", server->ready_command, server->ready_program);
    server->signal = server->signal ? server->signal : SIGTERM;
    server->stop_timeout_s = server->stop_timeout_s > 0 ? server->stop_timeout_s : STOP_S;
    return status ? status : check_line(subcommand, server);
}

int zm_server_workload(const char *subcommand, struct zm_server *server, struct zm_workload *out)
{
    if (asprintf(&out->name, "%s under %s", server->command, server->load) < 0)
        out->name = NULL;
    out->program = strdup(server->program);
    server->argv[0] = server->program;
    out->argv = server->argv;
    if (out->name && out->program)
        return 0;
    zm_error(subcommand, "out of memory");
    return ZM_EXIT_TOOL;
}
