/* Following a tree of processes.
 *
 * What runs is found from this process downwards. It adopts what loses its parent, so nothing that
 * makes itself a daemon is lost, and it can wait for those.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "tree.h"

#include "ends.h"
#include "tools/common/clock.h"
#include "tree_memory.h"

#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#define FIRST_S 0.001
#define EVERY_S 0.02
#define EARLY   5 /* looks, each twice as late as the one before */
#define SHARE \
    50 /* a pause is at least so many times as long as the CPU time of the look before it */
#define THOROUGH 10 /* of so many looks one is for children of all threads */

void zm_tree_adopt(void)
{
    prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
}

void zm_tree_init(struct zm_tree *tree, const char *reports)
{
    *tree = (struct zm_tree){.pss = -1, .used = -1, .reports = -1, .ends = zm_ends_open()};
    if (reports)
        tree->reports = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    if (tree->reports >= 0)
        inotify_add_watch(tree->reports, reports, IN_OPEN);
    struct zm_pids none = {0}; /* what earlier commands have left */
    zm_descendants(getpid(), &none, true, &tree->without);
    for (size_t i = 0; i < tree->without.count; i++)
        waitpid(tree->without.all[i], NULL, WNOHANG);
}

void zm_tree_clear(struct zm_tree *tree)
{
    int status;
    for (size_t i = 0; i < tree->count; i++) {
        if (tree->all[i]->ending == ZM_STILL_RUNNING)
            zm_ends_take(tree->all[i]->descriptor, &status);
        free(tree->all[i]);
    }
    free(tree->all);
    free(tree->running);
    zm_pids_clear(&tree->without);
    if (tree->reports >= 0)
        close(tree->reports);
    if (tree->ends >= 0)
        close(tree->ends);
    *tree = (struct zm_tree){.reports = -1, .ends = -1};
}

/* ---- the list ---- */

/* The last one of that number. */
static struct zm_looked_at *last(const struct zm_tree *tree, pid_t pid)
{
    for (size_t i = tree->running_count; i-- > 0;) {
        if (tree->running[i]->pid == pid)
            return tree->running[i];
    }
    for (size_t i = tree->count; i-- > 0;) {
        if (tree->all[i]->pid == pid)
            return tree->all[i];
    }
    return NULL;
}

static struct zm_looked_at *add(struct zm_tree *tree, pid_t pid)
{
    bool full = (tree->count & (tree->count - 1)) == 0;
    struct zm_looked_at *process = calloc(1, sizeof *process);
    struct zm_looked_at **all = tree->all, **running = tree->running;
    size_t size = (tree->count ? 2 * tree->count : 1) * sizeof *all;
    if (process && full && (all = realloc(tree->all, size)))
        tree->all = all;
    if (process && full && (running = realloc(tree->running, size)))
        tree->running = running;
    if (!process || !all || !running) {
        free(process);
        return NULL;
    }
    process->pid = pid;
    process->descriptor = pid == tree->root ? -1 : zm_ends_add(tree->ends, pid, process);
    tree->running[tree->running_count++] = process;
    return tree->all[tree->count++] = process;
}

static void end(struct zm_looked_at *process, bool known, int status)
{
    int told;
    if (zm_ends_take(process->descriptor, &told) && !known) {
        known = true;
        status = told;
    }
    process->ending = known ? ZM_ENDED : ZM_ENDED_UNSEEN;
    process->status = status;
    process->ended_at = zm_now();
}

static void forget_ended(struct zm_tree *tree)
{
    size_t kept = 0;
    for (size_t i = 0; i < tree->running_count; i++) {
        if (tree->running[i]->ending == ZM_STILL_RUNNING)
            tree->running[kept++] = tree->running[i];
    }
    tree->running_count = kept;
}

struct zm_looked_at *zm_tree_find(const struct zm_tree *tree, int64_t own_number)
{
    for (size_t i = tree->count; i-- > 0;) {
        const struct zm_looked_at *p = tree->all[i];
        if ((p->problem == 0 && p->images > 0 ? p->source.page.pid : p->pid) == own_number)
            return tree->all[i];
    }
    return NULL;
}

size_t zm_tree_running(const struct zm_tree *tree)
{
    size_t count = 0;
    for (size_t i = 0; i < tree->running_count; i++)
        count += tree->running[i]->ending == ZM_STILL_RUNNING;
    return count;
}

void zm_tree_leave_out(struct zm_tree *tree, pid_t pid)
{
    zm_pids_add(&tree->without, pid);
}

void zm_tree_begin(struct zm_tree *tree, pid_t root, double began)
{
    tree->root = root;
    tree->began = began;
    tree->due = FIRST_S;
    struct zm_looked_at *process = add(tree, root);
    if (process)
        (void)zm_process_state(root, &process->state);
}

/* ---- who runs ---- */

/* Whether an adopted process, not seen before, belongs to a child that is left out. */
static bool is_left_out(const struct zm_tree *tree, const struct zm_process_state *state)
{
    return state->parent == getpid() && zm_pids_has(&tree->without, state->group);
}

void zm_usage_add(struct rusage *to, const struct rusage *more)
{
    timeradd(&to->ru_utime, &more->ru_utime, &to->ru_utime);
    timeradd(&to->ru_stime, &more->ru_stime, &to->ru_stime);
    to->ru_minflt += more->ru_minflt;
    to->ru_majflt += more->ru_majflt;
    to->ru_nvcsw += more->ru_nvcsw;
    to->ru_nivcsw += more->ru_nivcsw;
}

/* Waits for a process that has ended and is a child of this one: one that was adopted. */
static bool reap(struct zm_tree *tree, pid_t pid, const struct zm_process_state *state, int *status)
{
    struct rusage usage;
    if (state->parent != getpid() || wait4(pid, status, WNOHANG, &usage) != pid)
        return false;
    zm_usage_add(&tree->adopted, &usage);
    return true;
}

/* Whose parent has been told how it ended can't tell it any more. */
static void note_end(struct zm_tree *tree, struct zm_looked_at *p,
                     const struct zm_process_state *state)
{
    char path[64];
    struct stat owner;
    int status;
    p->renamed = p->seen && strcmp(p->state.command, state->command) != 0;
    if (reap(tree, p->pid, state, &status)) {
        end(p, true, status);
        return;
    }
    snprintf(path, sizeof path, "/proc/%ld", (long)p->pid);
    bool readable = geteuid() == 0 || (stat(path, &owner) == 0 && owner.st_uid == geteuid());
    end(p, readable, state->ended);
}

/* The number may be another process's by now, which has started later. */
static void see(struct zm_tree *tree, pid_t pid)
{
    struct zm_process_state state;
    struct zm_looked_at *p = last(tree, pid);
    if (!zm_process_state(pid, &state))
        return;
    if (p && p->state.started != 0 && p->state.started != state.started) {
        if (p->ending == ZM_STILL_RUNNING)
            end(p, false, 0);
        p = NULL;
    }
    if (p && p->ending != ZM_STILL_RUNNING) {
        /* Its parent has ended without having waited for it. */
        int status;
        if (state.over && pid != tree->root)
            (void)reap(tree, pid, &state, &status);
        return;
    }
    if (!p && (is_left_out(tree, &state) || !(p = add(tree, pid))))
        return;
    if (!state.over)
        p->state = state;
    else if (pid != tree->root)
        note_end(tree, p, &state);
}

/* One of which its descriptor has told that it has ended: it may not yet have been waited for. */
static void note_ends(struct zm_tree *tree)
{
    struct zm_looked_at *p;
    while ((p = zm_ends_next(tree->ends))) {
        struct zm_process_state state;
        if (zm_process_state(p->pid, &state) && state.started == p->state.started)
            note_end(tree, p, &state);
        else
            end(p, false, 0);
    }
}

/* Those that were not found have ended. The root's end is told. */
static void find(struct zm_tree *tree, bool thorough)
{
    struct zm_pids found = {0};
    if (zm_descendants(getpid(), &tree->without, thorough, &found) != 0) {
        zm_pids_clear(&found);
        return;
    }
    for (size_t i = 0; i < found.count; i++)
        see(tree, found.all[i]);
    for (size_t i = 0; i < tree->running_count; i++) {
        struct zm_looked_at *p = tree->running[i];
        struct zm_process_state state;
        if (p->ending == ZM_STILL_RUNNING && p->pid != tree->root && !zm_pids_has(&found, p->pid) &&
            (!zm_process_state(p->pid, &state) || state.started != p->state.started))
            end(p, false, 0);
    }
    forget_ended(tree);
    zm_pids_clear(&found);
}

/* Each program of the tree opens the file of its process when it starts. */
static void count_programs(struct zm_tree *tree)
{
    _Alignas(struct inotify_event) char buffer[8192];
    ssize_t length;
    while (tree->reports >= 0 && (length = read(tree->reports, buffer, sizeof buffer)) > 0) {
        for (char *at = buffer; at < buffer + length;) {
            const struct inotify_event *event = (const void *)at;
            char *rest;
            long pid = event->len ? strtol(event->name, &rest, 10) : 0;
            struct zm_looked_at *p =
                pid > 0 && strcmp(rest, ".json") == 0 ? zm_tree_find(tree, pid) : NULL;
            if (p)
                p->opened++;
            at += sizeof *event + event->len;
        }
    }
}

/* ---- looking ---- */

static void look_at_all(struct zm_tree *tree, bool thorough)
{
    double used = 0, began = zm_now();
    note_ends(tree);
    count_programs(tree);
    find(tree, thorough);
    for (size_t i = 0; i < tree->running_count; i++) {
        struct zm_looked_at *p = tree->running[i];
        if (p->ending != ZM_STILL_RUNNING)
            continue;
        unsigned before = p->seen;
        zm_look(p, zm_now());
        bool first = before == 0 && p->seen == 1 && p->state.forked;
        const struct zm_looked_at *parent = first ? last(tree, p->state.parent) : NULL;
        if (parent && parent->seen_at >= began)
            zm_look_inherit(p, parent);
        used += p->seen ? (double)zm_look_used(p) : 0;
    }
    tree->used = used > tree->used ? used : tree->used;
}

static double pause_after(const struct zm_tree *tree, double took)
{
    return tree->looks < EARLY ? FIRST_S * (double)(1 << (tree->looks - 1))
                               : fmax(EVERY_S, SHARE * took);
}

double zm_tree_look(struct zm_tree *tree)
{
    double now_s = zm_now() - tree->began;
    note_ends(tree);
    if (now_s >= tree->due) {
        double before = zm_own_cpu();
        tree->looks++;
        look_at_all(tree, tree->looks % THOROUGH == 0);
        tree->due = now_s + pause_after(tree, zm_own_cpu() - before);
        zm_tree_look_at_pss(tree, now_s, false);
    }
    if (!tree->rss)
        return tree->began + tree->due;
    if (now_s >= zm_timeline_due(tree->rss))
        zm_tree_look_at_rss(tree, now_s);
    double next = fmax(zm_timeline_due(tree->rss), now_s + tree->rss->interval_s / 2);
    return tree->began + fmin(tree->due, next);
}

size_t zm_tree_count(struct zm_tree *tree)
{
    note_ends(tree);
    find(tree, true);
    return zm_tree_running(tree);
}

void zm_tree_look_now(struct zm_tree *tree)
{
    look_at_all(tree, true);
    zm_tree_look_at_pss(tree, zm_now() - tree->began, true);
}

/* ---- the end ---- */

void zm_tree_root_ends(struct zm_tree *tree)
{
    struct zm_looked_at *p = last(tree, tree->root);
    struct zm_process_state state;
    if (!p || !zm_process_state(p->pid, &state))
        return;
    p->renamed = p->seen && strcmp(p->state.command, state.command) != 0;
    p->ended_at = zm_now();
}

void zm_tree_root_ended(struct zm_tree *tree, int status)
{
    struct zm_looked_at *p = last(tree, tree->root);
    double at = p ? p->ended_at : 0;
    if (p)
        end(p, true, status);
    if (at > 0)
        p->ended_at = at;
    count_programs(tree);
    find(tree, true);
}

/* A process that is not our child may have ended, and its number be another's by now: the start
 * tells. */
static bool is_there(const struct zm_looked_at *p, struct zm_process_state *state)
{
    return p->ending == ZM_STILL_RUNNING && zm_process_state(p->pid, state) &&
           (p->state.started == 0 || state->started == p->state.started);
}

void zm_tree_signal_orphans(const struct zm_tree *tree, int number)
{
    for (size_t i = 0; i < tree->running_count; i++) {
        const struct zm_looked_at *p = tree->running[i];
        struct zm_process_state state;
        if (p->pid != tree->root && is_there(p, &state) && state.parent == getpid() &&
            state.group != tree->root)
            kill(state.group == p->pid ? -p->pid : p->pid, number);
    }
}

void zm_tree_kill(const struct zm_tree *tree)
{
    for (size_t i = 0; i < tree->running_count; i++) {
        struct zm_process_state state;
        if (is_there(tree->running[i], &state))
            kill(tree->running[i]->pid, SIGKILL);
    }
}
