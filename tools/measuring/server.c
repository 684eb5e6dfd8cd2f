/* Starting, loading and stopping a server.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "server.h"

#include "server_address.h"
#include "server_ready.h"
#include "take.h"
#include "tools/common/clock.h"
#include "tools/common/scratch.h"
#include "tools/process/environment.h"
#include "tools/process/self_report.h"

#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define POLL_S  0.01
#define DYING_S 1.0
#define STARTS  3 /* with another port each, if one was taken */

/* As systemd tells it: sh becomes the server, which has its number then. */
#define SHELL    "/bin/sh"
#define TELL_PID "export LISTEN_PID=$$; exec \"$@\""

/* ---- the load ---- */

/* Runs the load, and watches the server's memory meanwhile. NULL, or why it cannot be run. */
static const char *load(const struct zm_server *server, const struct zm_address *address,
                        const struct zm_sample_files *files, const char *complaint,
                        const struct zm_running_child *running, struct zm_sample *out,
                        struct zm_child_end *end)
{
    wordexp_t words;
    const char *problem = zm_address_split(server->load, address, &words);
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
static bool run_load(const struct zm_server *server, const struct zm_address *address,
                     const struct zm_sample_files *files, struct zm_running_child *running,
                     struct zm_sample *out)
{
    char complaint[PATH_MAX], how[48];
    struct zm_child_end end = {0};
    snprintf(complaint, sizeof complaint, "%s", files->complaint);
    strcpy(strrchr(complaint, '/'), "/load");
    const char *problem = load(server, address, files, complaint, running, out, &end);
    if (problem) {
        snprintf(out->reason, sizeof out->reason, "the load: %s", problem);
        return false;
    }
    out->values[ZM_WALL] = end.wall_s;
    wait_for_the_server(&end, running);
    if (zm_child_is_gone(running))
        snprintf(out->reason, sizeof out->reason, "the server ended under load: %s",
                 zm_server_end(&running->end, how, sizeof how));
    else if (end.timed_out)
        snprintf(out->reason, sizeof out->reason, "the load took longer than %g s",
                 server->timeout_s);
    else if (end.status != 0)
        snprintf(out->reason, sizeof out->reason, "the load: %s",
                 zm_server_end(&end, how, sizeof how));
    if (*out->reason && !running->ended)
        zm_sample_complaint(complaint, out->complaint, sizeof out->complaint);
    return !*out->reason;
}

/* ---- the server ---- */

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

/* Judges a server whose load was good. How it ended does not matter: it was asked to. */
static void judge(const struct zm_sample_files *files, const struct zm_accounts *accounts,
                  const struct zm_running_child *running, const struct listeners *listeners,
                  struct zm_sample *out)
{
    struct zm_child_end end = running->end;
    const char *damage = zm_self_report_read(files->self_report, out->values, &out->self_report);
    const char *silence = silence_of(files, listeners, running);
    end.signal = end.status = 0;
    zm_sample_judge(&end, accounts, damage, silence, 0, out);
    if (out->ok && silence) {
        out->ok = false;
        snprintf(out->reason, sizeof out->reason,
                 "other processes reported, but not the one that listens: %s", silence);
    }
}

/* What is executed: sh first if the server is to be told of its socket. NULL: out of memory. */
static char **command_of(const struct zm_server *server, const wordexp_t *words)
{
    static const char *const shell[] = {"sh", "-c", TELL_PID, "sh"};
    size_t before = server->inherits ? sizeof shell / sizeof *shell : 0;
    char **argv = calloc(before + words->we_wordc + 1, sizeof *argv);
    for (size_t i = 0; argv && i < before; i++)
        argv[i] = (char *)(uintptr_t)shell[i];
    for (size_t i = 0; argv && i < words->we_wordc; i++)
        argv[before + i] = words->we_wordv[i];
    return argv;
}

static void stop(const struct zm_server *server, struct zm_running_child *running,
                 struct zm_sample *out)
{
    bool interrupted = zm_child_interrupted();
    zm_child_stop(running, interrupted ? SIGTERM : server->signal,
                  interrupted ? 2 : server->stop_timeout_s);
    out->interrupted = zm_child_interrupted() != 0;
}

/* Runs the server, and its load if it becomes ready. 0, or -errno. */
static int run(const struct zm_server *server, struct zm_address *address,
               const struct zm_sample_files *files, char *const *argv, char *const *environment,
               struct zm_tree *tree, struct zm_sample *out)
{
    struct zm_child child = {.program = server->inherits ? SHELL : server->program,
                             .argv = argv,
                             .environment = environment,
                             .stdout_file = server->ready_line ? files->complaint : NULL,
                             .stderr_file = files->complaint,
                             .inherited = server->inherits ? address->held[0] : 0,
                             .tree = tree};
    struct zm_running_child running;
    struct zm_accounts accounts;
    struct listeners listeners = {.count = 0};
    if (zm_child_start(&child, &running) != 0) {
        out->spawn_error = running.end.spawn_error;
        return 0;
    }
    if (server->inherits)
        zm_address_release(address); /* nobody else listens */
    bool loaded = zm_server_wait(server, address, files->complaint, &running, out) &&
                  run_load(server, address, files, &running, out);
    if (loaded && (server->has_port || server->has_socket))
        listeners.count = zm_address_listeners(address, listeners.pids, 64);
    stop(server, &running, out);
    double wall = out->values[ZM_WALL];
    int status = zm_accounts_read(files->directory, out->row->backend, tree, &accounts);
    zm_sample_fill_in(&running.end, &accounts, tree, out);
    zm_sample_find_own_allocator(&accounts, argv, environment, out);
    out->values[ZM_WALL] = wall;
    if (running.end.killed)
        strcpy(out->ended, ZM_ENDED_LATE);
    if (status == 0 && loaded)
        judge(files, &accounts, &running, &listeners, out);
    if (!out->ok && !*out->complaint)
        zm_sample_complaint(files->complaint, out->complaint, sizeof out->complaint);
    return status;
}

/* The sample's environment, and what tells of an inherited socket. NULL: out of memory. */
static char **environment_of(const struct zm_server *server, const struct zm_row *row,
                             const struct zm_sample_files *files)
{
    return zm_sample_environment(
        row, files, server->inherits ? (const char *const[]){"LISTEN_FDS", "1"} : NULL);
}

/* One start, with an address of its own. 0, or -errno. */
static int start_once(const struct zm_server *server, enum zm_hold hold, struct zm_sample *out)
{
    struct zm_sample_files files;
    struct zm_address address = {.held = {-1, -1}};
    struct zm_tree tree;
    wordexp_t words;
    int status = server->has_port ? zm_address_choose_port(&address, hold) : 0;
    if (status == 0)
        status = zm_sample_files_make(&files);
    if (status != 0) {
        zm_address_release(&address);
        return status;
    }
    if (server->has_socket)
        snprintf(address.socket, sizeof address.socket, "%.*s/socket", PATH_MAX - 8,
                 files.directory);
    char **environment = environment_of(server, out->row, &files);
    bool split = environment && !zm_address_split(server->command, &address, &words);
    char **argv = split ? command_of(server, &words) : NULL;
    zm_tree_init(&tree, files.directory);
    status = argv ? run(server, &address, &files, argv, environment, &tree, out) : -ENOMEM;
    zm_tree_clear(&tree);
    free(argv);
    if (split)
        wordfree(&words);
    zm_child_environment_free(environment);
    zm_address_release(&address);
    zm_scratch_remove(files.directory);
    return status;
}

/* Whether it failed for want of its port: by another server, or by our holding it. */
static bool lacks_port(const struct zm_server *server, const struct zm_sample *sample)
{
    return server->has_port && !sample->ok && !sample->interrupted && !sample->spawn_error &&
           strncmp(sample->reason, "the server ended before", 23) == 0 &&
           strcasestr(sample->complaint, "in use");
}

int zm_server_take(const struct zm_server *server, const struct zm_row *row, unsigned block,
                   struct zm_sample *out)
{
    int status = 0;
    for (int start = 0; start < STARTS; start++) {
        enum zm_hold hold = server->inherits ? ZM_LISTENING : start == 0 ? ZM_HELD : ZM_NOT_HELD;
        zm_sample_init(out, row, block);
        status = start_once(server, hold, out);
        if (status != 0 || start == STARTS - 1 || !lacks_port(server, out))
            break;
        zm_sample_clear(out);
    }
    return status;
}
