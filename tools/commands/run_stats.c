/* Standing in for the command: what comes to this process is for that.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "run_stats.h"

#include "run_file.h"
#include "run_table.h"
#include "tools/common/cli.h"
#include "tools/common/clock.h"
#include "tools/common/command.h"
#include "tools/common/scratch.h"
#include "tools/live/tree.h"
#include "tools/process/account.h"
#include "tools/process/child.h"

#include <dirent.h>
#include <errno.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#define LEFTOVER_S 0.1 /* for processes that outlive the command by a moment */

extern char **environ;

struct zm_run_stats {
    const char *subcommand;
    enum { TABLE, LINES, FILE_OF_LINES } how;
    char folder[PATH_MAX]; /* "" with a file */
    struct zm_run_file file;
    struct zm_tree tree;
};

static int out_of_memory(const char *subcommand)
{
    zm_error(subcommand, "out of memory");
    return ZM_EXIT_TOOL;
}

static int choose_folder(struct zm_run_stats *stats)
{
    int status = zm_scratch_check(stats->subcommand);
    if (status != 0 || zm_scratch_make(stats->folder) != 0)
        return status ? status : ZM_EXIT_TOOL;
    strcpy(stpcpy(stats->file.name, stats->folder), "/%p.json"); /* zm_scratch_make leaves room */
    return 0;
}

int zm_run_stats_begin(const char *subcommand, const char *file, struct zm_run_stats **out)
{
    struct zm_run_stats *stats = *out = calloc(1, sizeof *stats);
    if (!stats)
        return out_of_memory(subcommand);
    bool lines = file && (strcmp(file, "stderr") == 0 || strcmp(file, "/dev/stderr") == 0);
    stats->subcommand = subcommand;
    stats->how = !file ? TABLE : lines ? LINES : FILE_OF_LINES;
    int status = stats->how == FILE_OF_LINES ? zm_run_file_choose(subcommand, file, &stats->file)
                                             : choose_folder(stats);
    if (status == 0 && setenv("ZMALLOC_STATS", stats->file.name, 1) != 0)
        status = out_of_memory(subcommand);
    if (status != 0) {
        if (*stats->folder)
            zm_scratch_remove(stats->folder);
        free(stats);
        *out = NULL;
    }
    return status;
}

/* ---- running ---- */

static int start(const char *program, char *const *argv, const sigset_t *mask, pid_t *pid)
{
    posix_spawnattr_t attr;
    int error = posix_spawnattr_init(&attr);
    if (error)
        return error;
    posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK);
    posix_spawnattr_setsigmask(&attr, mask);
    error = posix_spawn(pid, program, NULL, &attr, argv, environ);
    posix_spawnattr_destroy(&attr);
    return error;
}

/* What a terminal sends, it sends to the command as well. */
static void pass_on(int fd, pid_t pid)
{
    struct signalfd_siginfo signal;
    while (read(fd, &signal, sizeof signal) == (ssize_t)sizeof signal) {
        if (signal.ssi_signo != SIGCHLD && signal.ssi_code != SI_KERNEL)
            kill(pid, (int)signal.ssi_signo);
    }
}

static void wait_for(struct zm_running_child *running, int signals)
{
    while (!zm_child_has_ended(running)) {
        double pause = fmax(zm_tree_look(running->tree) - zm_now(), 0);
        struct pollfd either[] = {{.fd = signals, .events = POLLIN},
                                  {.fd = running->tree->ends, .events = POLLIN}};
        poll(either, 2, (int)ceil(1e3 * pause));
        pass_on(signals, running->pid);
    }
}

/* Those that end with the command report a moment later; daemons stay. */
static void wait_for_the_rest(struct zm_tree *tree)
{
    double until = zm_now() + LEFTOVER_S;
    while (zm_tree_count(tree) > 0 && zm_now() < until) {
        zm_tree_look(tree);
        poll(NULL, 0, 5);
    }
    zm_tree_look_now(tree);
}

/* Dies as the command did, but without another core. */
static void die_of(int number, const sigset_t *mask)
{
    const struct rlimit none = {0, 0};
    setrlimit(RLIMIT_CORE, &none);
    signal(number, SIG_DFL);
    sigprocmask(SIG_SETMASK, mask, NULL);
    raise(number);
}

/* ---- telling ---- */

static void put_file(const char *folder, const char *name)
{
    char path[PATH_MAX + 256], buffer[4096];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "re");
    for (size_t n; file && (n = fread(buffer, 1, sizeof buffer, file)) > 0;)
        fwrite(buffer, 1, n, stderr);
    if (file)
        fclose(file);
}

static void print_lines(struct zm_run_stats *stats, const char *backend)
{
    struct zm_accounts accounts;
    zm_accounts_read(stats->folder, backend, &stats->tree, &accounts);
    for (size_t i = 0; i < stats->tree.count; i++) {
        const struct zm_looked_at *process = stats->tree.all[i];
        if (!process->reported && !zm_look_doubt(process))
            zm_run_line(process, stderr);
    }
}

static void print_reports(const char *folder)
{
    DIR *all = opendir(folder);
    for (struct dirent *entry; all && (entry = readdir(all));) {
        if (entry->d_name[0] != '.')
            put_file(folder, entry->d_name);
    }
    if (all)
        closedir(all);
}

static int tell(struct zm_run_stats *stats, const char *backend)
{
    int error = 0;
    if (stats->how == TABLE) {
        error = zm_run_table(stats->folder, backend, &stats->tree);
    } else if (stats->how == LINES) {
        print_reports(stats->folder);
        print_lines(stats, backend);
    } else {
        error = zm_run_file_complete(&stats->file, &stats->tree);
    }
    if (error)
        zm_error(stats->subcommand, "can't tell what the processes have used: %s",
                 strerror(-error));
    return error ? ZM_EXIT_TOOL : 0;
}

int zm_run_stats_end(struct zm_run_stats *stats, const char *backend, const char *program,
                     char *const *argv)
{
    static const int passed_on[] = {SIGCHLD, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2};
    sigset_t set, mask;
    struct zm_running_child running = {.tree = &stats->tree};
    sigemptyset(&set);
    for (size_t i = 0; i < sizeof passed_on / sizeof *passed_on; i++)
        sigaddset(&set, passed_on[i]);
    sigprocmask(SIG_BLOCK, &set, &mask);
    int signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    zm_tree_adopt();
    zm_tree_init(&stats->tree, *stats->folder ? stats->folder : NULL);
    running.began = zm_now();
    int error = signals < 0 ? errno : start(program, argv, &mask, &running.pid);
    int status = error ? zm_command_refused(stats->subcommand, argv[0], error) : 0;
    if (!error) {
        signal(SIGPIPE, SIG_IGN); /* where nobody reads the table, the command's end still counts */
        zm_tree_begin(&stats->tree, running.pid, running.began);
        wait_for(&running, signals);
        wait_for_the_rest(&stats->tree);
        status = tell(stats, backend);
        status = running.end.status ? running.end.status : status;
    }
    zm_tree_clear(&stats->tree);
    if (*stats->folder)
        zm_scratch_remove(stats->folder);
    free(stats);
    if (running.end.signal)
        die_of(running.end.signal, &mask);
    return status;
}
