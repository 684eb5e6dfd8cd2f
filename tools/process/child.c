/* Starting, waiting for and stopping a child process.
 *
 * The peak memory that wait4 reports is not used. ru_maxrss survives exec, so a small child would
 * report the size of this process.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "child.h"

#include "tools/common/clock.h"
#include "tools/live/tree.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>

#define GRACE_S    2.0 /* between SIGTERM and SIGKILL */
#define LEFTOVER_S 0.1 /* for processes that outlive the child by a moment */
#define INHERITED  3
#define KILLING_S  2.0 /* for SIGKILL to end what is left: it can't while a disk is waited for */

static volatile sig_atomic_t caught;
static sigset_t waiting_mask; /* while this process sleeps; all other signals wait for that */

static void note_signal(int number)
{
    if (number != SIGCHLD)
        caught = number;
}

void zm_child_catch_signals(void)
{
    static const int numbers[] = {SIGCHLD, SIGINT, SIGTERM, SIGHUP};
    struct sigaction action = {.sa_handler = note_signal};
    sigset_t blocked;
    zm_tree_adopt();
    signal(SIGPIPE, SIG_IGN); /* a closed output is to be reported as an error */
    sigemptyset(&blocked);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        sigaddset(&blocked, numbers[i]);
    action.sa_mask = blocked;
    sigprocmask(SIG_BLOCK, &blocked, &waiting_mask);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        struct sigaction old;
        sigaction(numbers[i], NULL, &old);
        if (numbers[i] == SIGCHLD ||
            old.sa_handler != SIG_IGN) /* under nohup, SIGHUP stays ignored */
            sigaction(numbers[i], &action, NULL);
        sigdelset(&waiting_mask, numbers[i]);
    }
}

int zm_child_interrupted(void)
{
    return caught;
}

bool zm_pause_for_input(int fd, double seconds)
{
    struct timespec span = {(time_t)seconds, (long)((seconds - (double)(time_t)seconds) * 1e9)};
    fd_set set;
    FD_ZERO(&set);
    if (fd >= 0)
        FD_SET(fd, &set);
    return pselect(fd + 1, &set, NULL, NULL, seconds < 0 ? NULL : &span, &waiting_mask) > 0;
}

void zm_pause(double seconds)
{
    zm_pause_for_input(-1, seconds);
}

bool zm_pause_until(double at)
{
    for (double now; !caught && (now = zm_now()) < at;)
        zm_pause(at - now);
    return !caught;
}

static int start(const struct zm_child *child, pid_t *pid)
{
    posix_spawnattr_t attr;
    posix_spawn_file_actions_t files;
    sigset_t defaults;
    int error = posix_spawnattr_init(&attr);
    if (error)
        return error;
    error = posix_spawn_file_actions_init(&files);
    if (error) {
        posix_spawnattr_destroy(&attr);
        return error;
    }
    sigemptyset(&defaults);
    sigaddset(&defaults, SIGCHLD);
    sigaddset(&defaults, SIGPIPE);
    posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK |
                                        POSIX_SPAWN_SETSIGDEF);
    posix_spawnattr_setpgroup(&attr, 0);
    posix_spawnattr_setsigmask(&attr, &waiting_mask);
    posix_spawnattr_setsigdefault(&attr, &defaults);
    error = posix_spawn_file_actions_addopen(
        &files, 0, child->stdin_file ? child->stdin_file : "/dev/null", O_RDONLY, 0);
    if (!error && child->stdout_file)
        error = posix_spawn_file_actions_addopen(&files, 1, child->stdout_file,
                                                 O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, 0600);
    else if (!error)
        error = posix_spawn_file_actions_addopen(&files, 1, "/dev/null", O_WRONLY, 0);
    if (!error && child->stderr_file)
        error = posix_spawn_file_actions_addopen(&files, 2, child->stderr_file,
                                                 O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, 0600);
    if (!error && child->inherited > 0)
        error = posix_spawn_file_actions_adddup2(&files, child->inherited, INHERITED);
    if (!error)
        error = posix_spawn(pid, child->program, &files, &attr, child->argv, child->environment);
    posix_spawn_file_actions_destroy(&files);
    posix_spawnattr_destroy(&attr);
    return error;
}

int zm_child_start(const struct zm_child *child, struct zm_running_child *out)
{
    *out = (struct zm_running_child){.began = zm_now(), .tree = child->tree};
    out->end.spawn_error = start(child, &out->pid);
    out->end.pid = out->pid;
    if (!out->end.spawn_error && child->tree)
        zm_tree_begin(child->tree, out->pid, out->began);
    if (!out->end.spawn_error && child->watched)
        zm_tree_leave_out(child->watched, out->pid);
    return out->end.spawn_error;
}

bool zm_child_has_ended(struct zm_running_child *running)
{
    int status;
    siginfo_t info = {.si_pid = 0};
    struct zm_child_end *end = &running->end;
    if (running->ended)
        return true;
    if (waitid(P_PID, (id_t)running->pid, &info, WEXITED | WNOHANG | WNOWAIT) != 0 ||
        info.si_pid != running->pid)
        return false;
    end->wall_s = zm_now() - running->began;
    if (running->tree)
        zm_tree_root_ends(running->tree);
    if (wait4(running->pid, &status, WNOHANG, &end->usage) != running->pid)
        return false;
    running->ended = true;
    end->signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    end->status = end->signal ? 128 + end->signal : WEXITSTATUS(status);
    if (running->tree)
        zm_tree_root_ended(running->tree, status);
    return true;
}

bool zm_child_is_gone(struct zm_running_child *running)
{
    if (!zm_child_has_ended(running))
        return false;
    return running->end.status != 0 || !running->tree || zm_tree_running(running->tree) == 0;
}

/* The time of the next look, as zm_tree_look tells it. */
static double look(struct zm_tree *tree)
{
    return tree ? zm_tree_look(tree) : INFINITY;
}

static bool any_left(struct zm_running_child *running)
{
    if (!zm_child_has_ended(running))
        return true;
    look(running->tree);
    if (running->tree && zm_tree_count(running->tree) > 0)
        return true;
    while (!running->tree && waitpid(-running->pid, NULL, WNOHANG) > 0)
        ; /* adopted */
    return kill(-running->pid, 0) == 0;
}

/* The child tells its own children, which may be in other groups, unless it has left them alone. */
static void ask_to_end(const struct zm_running_child *running, int number)
{
    if (number == SIGKILL && running->tree)
        zm_tree_kill(running->tree); /* nobody can tell them */
    kill(-running->pid, number);
    if (running->tree && running->ended)
        zm_tree_signal_orphans(running->tree, number);
}

static void kill_all(const struct zm_running_child *running)
{
    kill(-running->pid, SIGKILL);
    if (running->tree)
        zm_tree_kill(running->tree);
}

/* What is left of the group and the tree has that much time to end. */
static void stop_leftovers(struct zm_running_child *running, double grace_s)
{
    double until = zm_now() + grace_s;
    while (any_left(running) && zm_now() < until)
        zm_pause(0.005);
    for (until = zm_now() + KILLING_S; any_left(running) && zm_now() < until;) {
        kill_all(running);
        zm_pause(0.005);
    }
    if (running->tree)
        zm_usage_add(&running->end.usage, &running->tree->adopted);
}

void zm_child_stop(struct zm_running_child *running, int number, double grace_s)
{
    double began = zm_now(), kill_at = began + grace_s;
    if (running->tree)
        zm_tree_look_now(running->tree);
    ask_to_end(running, number);
    while (any_left(running)) {
        double now = zm_now();
        if (now >= began + grace_s + KILLING_S)
            break; /* something that not even SIGKILL ends: it is in the system's hands */
        if (now >= kill_at) {
            running->end.killed = true;
            kill_all(running);
            kill_at = now + KILLING_S;
        }
        double next = fmin(kill_at, running->ended ? now + 0.005 : look(running->tree));
        zm_pause(fmax(next - now, 0));
    }
    stop_leftovers(running, 0);
}

void zm_child_wait(const struct zm_child *child, struct zm_running_child *running)
{
    double until = child->timeout_s > 0 ? running->began + child->timeout_s : INFINITY;
    struct zm_tree *tree = child->tree ? child->tree : child->watched;
    for (;;) {
        double look_at = look(tree);
        if (zm_child_has_ended(running))
            break;
        double now = zm_now();
        if (caught || now >= until) {
            running->end.timed_out = !caught;
            zm_child_stop(running, SIGTERM, GRACE_S);
            return;
        }
        look_at = fmin(look_at, until);
        zm_pause_for_input(tree ? tree->ends : -1, isinf(look_at) ? -1 : fmax(look_at - now, 0));
    }
    stop_leftovers(running, LEFTOVER_S);
}

void zm_child_run(const struct zm_child *child, struct zm_child_end *end)
{
    struct zm_running_child running;
    if (zm_child_start(child, &running) == 0)
        zm_child_wait(child, &running);
    *end = running.end;
}

static const struct {
    int number;
    const char *name;
} signals[] = {
    {SIGABRT, "SIGABRT"}, {SIGALRM, "SIGALRM"},   {SIGBUS, "SIGBUS"},   {SIGCONT, "SIGCONT"},
    {SIGFPE, "SIGFPE"},   {SIGHUP, "SIGHUP"},     {SIGILL, "SIGILL"},   {SIGINT, "SIGINT"},
    {SIGKILL, "SIGKILL"}, {SIGPIPE, "SIGPIPE"},   {SIGQUIT, "SIGQUIT"}, {SIGSEGV, "SIGSEGV"},
    {SIGSYS, "SIGSYS"},   {SIGTERM, "SIGTERM"},   {SIGTRAP, "SIGTRAP"}, {SIGUSR1, "SIGUSR1"},
    {SIGUSR2, "SIGUSR2"}, {SIGWINCH, "SIGWINCH"}, {SIGXCPU, "SIGXCPU"}, {SIGXFSZ, "SIGXFSZ"},
};

const char *zm_signal_name(int number, char *buf, size_t size)
{
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) {
        if (signals[i].number == number)
            return signals[i].name;
    }
    snprintf(buf, size, "signal %d", number);
    return buf;
}

int zm_signal_find(const char *name)
{
    char *end;
    long number = strtol(name, &end, 10);
    if (end != name)
        return *end == '\0' && number > 0 && number <= SIGRTMAX ? (int)number : 0;
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) {
        if (strcasecmp(name, signals[i].name) == 0 || strcasecmp(name, signals[i].name + 3) == 0)
            return signals[i].number;
    }
    return 0;
}
