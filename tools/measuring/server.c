/* Starting, loading and stopping a server.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "server.h"

#include "take.h"
#include "tools/common/cli.h"
#include "tools/common/clock.h"
#include "tools/common/command.h"
#include "tools/common/scratch.h"
#include "tools/live/listener.h"
#include "tools/process/environment.h"
#include "tools/process/self_report.h"

#include <arpa/inet.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <wordexp.h>

#define PLACE   "{port}"
#define POLL_S  0.01
#define DYING_S 1.0
#define GRACE_S 10.0 /* a server may have a lot to write when it ends */

/* Splits a command line into words as a shell does, with the port in its place. Returns NULL, or
 * why it cannot (static storage). */
static const char *split(const char *command, unsigned port, wordexp_t *out)
{
    char digits[8];
    int length = snprintf(digits, sizeof digits, "%u", port);
    char *line = malloc(strlen(command) + 1),
         *to = line; /* is long enough: the digits are no longer than PLACE */
    if (!line)
        return "out of memory";
    while (*command) {
        if (strncmp(command, PLACE, sizeof PLACE - 1) == 0) {
            memcpy(to, digits, (size_t)length);
            to += length;
            command += sizeof PLACE - 1;
        } else {
            *to++ = *command++;
        }
    }
    *to = '\0';
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

static int check(const char *subcommand, const char *option, const char *command, char *program)
{
    wordexp_t words;
    if (!command || !strstr(command, PLACE))
        return zm_usage_error(subcommand, "--%s needs a command with " PLACE " in it%s%s%s", option,
                              command ? ", not '" : "", command ? command : "", command ? "'" : "");
    const char *problem = split(command, 65535, &words);
    if (problem)
        return zm_usage_error(subcommand, "can't read the command of --%s: %s", option, problem);
    int status = zm_command_find(subcommand, words.we_wordv[0], program);
    wordfree(&words);
    return status;
}

int zm_server_prepare(const char *subcommand, struct zm_server *server)
{
    int status = check(subcommand, "server", server->command, server->program);
    return status ? status : check(subcommand, "load", server->load, server->load_program);
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

static struct sockaddr_in local(unsigned port)
{
    return (struct sockaddr_in){.sin_family = AF_INET,
                                .sin_port = htons((uint16_t)port),
                                .sin_addr = {htonl(INADDR_LOOPBACK)}};
}

/* A port that is free at this moment; 0 and errno if there is none. */
static unsigned free_port(void)
{
    struct sockaddr_in address = local(0);
    socklen_t size = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    unsigned port = 0;
    if (fd >= 0 && bind(fd, (struct sockaddr *)&address, size) == 0 &&
        getsockname(fd, (struct sockaddr *)&address, &size) == 0)
        port = ntohs(address.sin_port);
    if (fd >= 0)
        close(fd);
    return port;
}

static bool listens(unsigned port)
{
    struct sockaddr_in address = local(port);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool found = fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof address) == 0;
    if (fd >= 0)
        close(fd);
    return found;
}

static const char *how_it_ended(const struct zm_child_end *end, char *buf, size_t size)
{
    char name[32];
    if (end->signal)
        snprintf(buf, size, "signal %s", zm_signal_name(end->signal, name, sizeof name));
    else
        snprintf(buf, size, "exit status %d", end->status);
    return buf;
}

/* False if the server ends or takes too long, with the reason in the sample, or if a signal
 * comes. */
static bool wait_until_it_listens(const struct zm_server *server, unsigned port,
                                  struct zm_running_child *running, struct zm_sample *out)
{
    char how[48];
    while (!zm_child_interrupted()) {
        zm_tree_look(running->tree);
        if (zm_child_is_gone(running)) {
            snprintf(out->reason, sizeof out->reason, "the server ended before it listened: %s",
                     how_it_ended(&running->end, how, sizeof how));
            return false;
        }
        if (listens(port))
            return true;
        if (zm_now() - running->began >= server->listen_s) {
            snprintf(out->reason, sizeof out->reason,
                     "the server did not listen on 127.0.0.1:%u within %g s", port,
                     server->listen_s);
            return false;
        }
        zm_pause(POLL_S);
    }
    return false;
}

/* Runs the load, and watches the server's memory meanwhile. NULL, or why it cannot be run. */
static const char *load(const struct zm_server *server, unsigned port,
                        const struct zm_sample_files *files, const char *complaint,
                        const struct zm_running_child *running, struct zm_sample *out,
                        struct zm_child_end *end)
{
    wordexp_t words;
    const char *problem = split(server->load, port, &words);
    if (problem)
        return problem;
    char **environment =
        zm_child_environment((const char *const[]){"LD_PRELOAD", "", "ZMALLOC_STATS", "",
                                                   "ZMALLOC_RESULT", files->self_report, NULL},
                             NULL);
    running->tree->rss = out->rss = zm_timeline_new();
    if (environment) {
        struct zm_child child = {.program = server->load_program,
                                 .argv = words.we_wordv,
                                 .environment = environment,
                                 .timeout_s = server->timeout_s,
                                 .stderr_file = complaint,
                                 .watched = running->tree};
        zm_child_run(&child, end);
    }
    wordfree(&words);
    if (!environment)
        return "out of memory";
    zm_child_environment_free(environment);
    return end->spawn_error ? strerror(end->spawn_error) : NULL;
}

/* If the server fails, the load fails at once, but the server may take a moment to end. */
static void wait_for_the_server(const struct zm_child_end *end, struct zm_running_child *running)
{
    double until = zm_now() + DYING_S;
    while (end->status != 0 && !end->timed_out && !zm_child_is_gone(running) && zm_now() < until)
        zm_pause(POLL_S);
}

/* False if the load fails, with the reason in the sample. */
static bool run_load(const struct zm_server *server, unsigned port,
                     const struct zm_sample_files *files, struct zm_running_child *running,
                     struct zm_sample *out)
{
    char complaint[PATH_MAX], how[48];
    struct zm_child_end end = {0};
    snprintf(complaint, sizeof complaint, "%s", files->complaint);
    strcpy(strrchr(complaint, '/'), "/load");
    const char *problem = load(server, port, files, complaint, running, out, &end);
    if (problem) {
        snprintf(out->reason, sizeof out->reason, "the load: %s", problem);
        return false;
    }
    out->values[ZM_WALL] = end.wall_s;
    wait_for_the_server(&end, running);
    if (zm_child_is_gone(running))
        snprintf(out->reason, sizeof out->reason, "the server ended under load: %s",
                 how_it_ended(&running->end, how, sizeof how));
    else if (end.timed_out)
        snprintf(out->reason, sizeof out->reason, "the load took longer than %g s",
                 server->timeout_s);
    else if (end.status != 0)
        snprintf(out->reason, sizeof out->reason, "the load: %s",
                 how_it_ended(&end, how, sizeof how));
    if (*out->reason && !running->ended)
        zm_sample_complaint(complaint, out->complaint, sizeof out->complaint);
    return !*out->reason;
}

struct listeners {
    pid_t pids[64];
    size_t count;
};

/* NULL if the row's account is the server's, for the command may be a script that starts it. Where
 * the system does not tell who listens, the command's own process has to be it. */
static const char *silence_of(const struct zm_sample_files *files,
                              const struct listeners *listeners,
                              const struct zm_running_child *running)
{
    const char *silence = ZM_SILENT;
    for (size_t i = 0; i < listeners->count && silence; i++)
        silence = zm_sample_silence(files, running->tree, listeners->pids[i]);
    return listeners->count == 0 ? zm_sample_silence(files, running->tree, running->pid) : silence;
}

/* Judges a server whose load was good. Its own exit status does not matter: it may report that it
 * was asked to end. */
static void judge(const struct zm_sample_files *files, const struct zm_accounts *accounts,
                  const struct zm_running_child *running, const struct listeners *listeners,
                  struct zm_sample *out)
{
    struct zm_child_end end = running->end;
    const char *damage = zm_self_report_read(files->self_report, out->values, &out->self_report);
    const char *silence = silence_of(files, listeners, running);
    if (end.killed) {
        snprintf(out->reason, sizeof out->reason, "the server did not end within %g s of SIGTERM",
                 GRACE_S);
        return;
    }
    end.signal = end.status = 0;
    zm_sample_judge(&end, accounts, damage, silence, 0, out);
    if (out->ok && silence) {
        out->ok = false;
        snprintf(out->reason, sizeof out->reason,
                 "other processes reported, but not the one that listens: %s", silence);
    }
}

static int run(const struct zm_server *server, unsigned port, const struct zm_sample_files *files,
               char *const *environment, struct zm_sample *out)
{
    wordexp_t words;
    const char *problem = split(server->command, port, &words);
    if (problem)
        return -ENOMEM; /* zm_server_prepare has found out everything else */
    struct zm_tree tree;
    struct zm_child child = {.program = server->program,
                             .argv = words.we_wordv,
                             .environment = environment,
                             .stderr_file = files->complaint,
                             .tree = &tree};
    struct zm_running_child running;
    struct zm_accounts accounts;
    int status = 0;
    zm_tree_init(&tree, files->directory);
    if (zm_child_start(&child, &running) != 0) {
        out->spawn_error = running.end.spawn_error;
        zm_tree_clear(&tree);
        wordfree(&words);
        return 0;
    }
    struct listeners listeners = {.count = 0};
    bool loaded = wait_until_it_listens(server, port, &running, out) &&
                  run_load(server, port, files, &running, out);
    if (loaded)
        listeners.count = zm_listeners(port, listeners.pids, 64);
    zm_child_stop(&running, SIGTERM, zm_child_interrupted() ? 2 : GRACE_S);
    out->interrupted = zm_child_interrupted() != 0;
    double wall = out->values[ZM_WALL];
    status = zm_accounts_read(files->directory, out->row->backend, &tree, &accounts);
    zm_sample_fill_in(&running.end, &accounts, &tree, out);
    zm_sample_find_own_allocator(&accounts, words.we_wordv, environment, out);
    wordfree(&words);
    out->values[ZM_WALL] = wall;
    if (status == 0 && loaded)
        judge(files, &accounts, &running, &listeners, out);
    zm_tree_clear(&tree);
    if (!out->ok && !*out->complaint)
        zm_sample_complaint(files->complaint, out->complaint, sizeof out->complaint);
    return status;
}

int zm_server_take(const struct zm_server *server, const struct zm_row *row, unsigned block,
                   struct zm_sample *out)
{
    struct zm_sample_files files;
    zm_sample_init(out, row, block);
    unsigned port = free_port();
    int status = port ? zm_sample_files_make(&files) : -errno;
    if (status != 0)
        return status;
    char **environment = zm_sample_environment(row, &files);
    status = environment ? run(server, port, &files, environment, out) : -ENOMEM;
    zm_child_environment_free(environment);
    zm_scratch_remove(files.directory);
    return status;
}
