/* Asking again and again: whether somebody listens, what the server has written, or a command.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "server_ready.h"

#include "tools/common/clock.h"
#include "tools/live/tree.h"
#include "tools/process/environment.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define POLL_S    0.01
#define COMMAND_S 0.1 /* between two commands */
#define TAIL      65536

const char *zm_server_end(const struct zm_child_end *end, char *buf, size_t size)
{
    char name[32];
    if (end->signal)
        snprintf(buf, size, "signal %s", zm_signal_name(end->signal, name, sizeof name));
    else
        snprintf(buf, size, "exit status %d", end->status);
    return buf;
}

/* Looks at the last TAIL bytes, which overlap with those of the look before. */
static bool has_line(const char *output, const regex_t *line)
{
    static char text[TAIL + 1];
    int fd = open(output, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    off_t end = lseek(fd, 0, SEEK_END);
    ssize_t length = pread(fd, text, TAIL, end > TAIL ? end - TAIL : 0);
    close(fd);
    while (length > 0 && text[length - 1] != '\n')
        length--; /* of a line that has only begun nobody knows what it will be */
    if (length <= 0)
        return false;
    text[--length] = '\0';
    for (ssize_t i = 0; i < length; i++)
        text[i] = text[i] ? text[i] : ' ';
    return regexec(line, text, 0, NULL, 0) == 0;
}

static bool command_succeeds(const struct zm_server *server, const struct zm_address *address,
                             struct zm_running_child *running)
{
    wordexp_t words;
    struct zm_child_end end = {.spawn_error = 1};
    if (zm_address_split(server->ready_command, address, &words) != NULL)
        return false; /* for want of memory */
    char **environment = zm_child_environment(
        (const char *const[]){"LD_PRELOAD", "", "ZMALLOC_STATS", "", NULL}, NULL);
    struct zm_child child = {.program = server->ready_program,
                             .argv = words.we_wordv,
                             .environment = environment,
                             .timeout_s = server->listen_s,
                             .stderr_file = "/dev/null",
                             .watched = running->tree};
    if (environment)
        zm_child_run(&child, &end);
    zm_child_environment_free(environment);
    wordfree(&words);
    return !end.spawn_error && end.status == 0;
}

static bool is_ready(const struct zm_server *server, const struct zm_address *address,
                     const char *output, struct zm_running_child *running)
{
    if (server->ready_line)
        return has_line(output, &server->line);
    if (server->ready_command)
        return command_succeeds(server, address, running);
    return zm_address_answers(address);
}

/* What it did not do. */
static void describe(const struct zm_server *server, const struct zm_address *address, char *buf,
                     size_t size)
{
    if (server->ready_line)
        snprintf(buf, size, "did not write '%.60s'", server->ready_line);
    else if (server->ready_command)
        snprintf(buf, size, "was not ready for '%.60s'", server->ready_command);
    else if (address->port > 0)
        snprintf(buf, size, "did not listen on 127.0.0.1:%u", address->port);
    else
        snprintf(buf, size, "did not listen on its socket");
}

bool zm_server_wait(const struct zm_server *server, const struct zm_address *address,
                    const char *output, struct zm_running_child *running, struct zm_sample *out)
{
    char what[100];
    const char *until = server->ready_line || server->ready_command ? "was ready" : "listened";
    while (!zm_child_interrupted()) {
        zm_tree_look(running->tree);
        bool gone = zm_child_is_gone(running); /* before it is asked: its last line counts */
        if (is_ready(server, address, output, running) && !gone)
            return true;
        if (gone) {
            snprintf(out->reason, sizeof out->reason, "the server ended before it %s: %s", until,
                     zm_server_end(&running->end, what, sizeof what));
            return false;
        }
        if (zm_now() - running->began >= server->listen_s) {
            describe(server, address, what, sizeof what);
            snprintf(out->reason, sizeof out->reason, "the server %s within %g s", what,
                     server->listen_s);
            return false;
        }
        zm_pause(server->ready_command ? COMMAND_S : POLL_S);
    }
    return false;
}
