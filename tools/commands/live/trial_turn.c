/* One backend's turn: what the process used meanwhile.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <zmalloc/sysinfo.h>

#include "tools/common/clock.h"
#include "tools/common/scratch.h"
#include "tools/process/child.h"
#include "tools/process/environment.h"
#include "trial.h"

#define LOOK_S 0.1

double zm_turn_metric(const struct zm_turn *turn, enum zm_trial_metric metric)
{
    if (turn->problem[0])
        return -1;
    switch (metric) {
    case ZM_TRIAL_RSS:
        return turn->rss;
    case ZM_TRIAL_CPU:
        return turn->cpu_s >= 0 && turn->allocs > 0 ? turn->cpu_s / turn->allocs : -1;
    case ZM_TRIAL_COMMAND:
        return turn->number;
    }
    return -1;
}

/* Of all its threads, those that have ended too. */
static double cpu_of(pid_t pid)
{
    clockid_t clock;
    struct timespec t;
    if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &t) != 0)
        return -1;
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Sums of what the looks have seen. */
struct looks {
    double rss, used;
    unsigned rss_count, used_count;
};

static int look(const struct zm_live_source *source, struct zm_live_account *account,
                struct looks *looks)
{
    struct zmalloc_sysinfo_memory memory = {.struct_size = sizeof memory};
    int status = zm_live_take(source, account);
    if (status != 0 && status != -EAGAIN)
        return status;
    if (status == 0) {
        looks->used += (double)(account->allocated - account->freed);
        looks->used_count++;
    }
    if (zmalloc_sysinfo_memory(source->pid, ZMALLOC_SYSINFO_RSS, &memory) == 0 &&
        memory.has & ZMALLOC_SYSINFO_RSS) {
        looks->rss += (double)memory.rss;
        looks->rss_count++;
    }
    return 0;
}

/* The last line that the file has, as a number. */
static double number_in(const char *path)
{
    char text[4096];
    FILE *file = fopen(path, "re");
    if (!file)
        return -1;
    double number = -1;
    while (fgets(text, sizeof text, file)) {
        char *end;
        double value = strtod(text, &end);
        if (text[strspn(text, " \t\r\n")] == '\0')
            continue; /* an empty line */
        end += strspn(end, " \t\r\n");
        number = *end == '\0' && isfinite(value) && value >= 0 ? value : -1;
    }
    fclose(file);
    return number;
}

static void ask_command(const struct zm_trial *trial, const struct zm_live_source *source,
                        struct zm_turn *turn)
{
    char pid[24], directory[PATH_MAX], path[PATH_MAX + 16];
    char *const argv[] = {"sh", "-c", (char *)trial->metric_text, NULL};
    const char *const pairs[] = {"ZMALLOC_TRIAL_PID", pid, "ZMALLOC_TRIAL_BACKEND",
                                 source->page.backends[turn->backend].name, NULL};
    char *const none[] = {NULL};
    struct zm_child_end end;
    snprintf(pid, sizeof pid, "%ld", (long)source->pid);
    int status = zm_scratch_make(directory);
    char **environment = zm_child_environment(pairs, none);
    if (status != 0 || !environment) {
        snprintf(turn->problem, sizeof turn->problem, "can't run the command: %s",
                 strerror(status != 0 ? -status : ENOMEM));
    } else {
        snprintf(path, sizeof path, "%s/number", directory);
        zm_child_run(&(struct zm_child){.program = "/bin/sh",
                                        .argv = argv,
                                        .environment = environment,
                                        .stdout_file = path},
                     &end);
        turn->number = end.spawn_error || end.status ? -1 : number_in(path);
        if (end.spawn_error || end.status)
            snprintf(turn->problem, sizeof turn->problem, "the command failed, status %d",
                     end.spawn_error ? 126 : end.status);
        else if (turn->number < 0)
            snprintf(turn->problem, sizeof turn->problem,
                     "the last line that the command printed is no number from 0 on");
    }
    if (status == 0)
        zm_scratch_remove(directory);
    zm_child_environment_free(environment);
}

/* False: a signal came. */
static bool watch(const struct zm_live_source *source, double until,
                  struct zm_live_account *account, struct looks *looks, int *status)
{
    while (*status == 0 && zm_now() < until) {
        if (!zm_pause_until(fmin(until, zm_now() + LOOK_S)))
            return false;
        *status = look(source, account, looks);
    }
    return true;
}

int zm_turn_take(const struct zm_trial *trial, const struct zm_live_source *source,
                 struct zm_turn *turn)
{
    const char *name = source->page.backends[turn->backend].name;
    double settle = trial->settle_s > 0 ? trial->settle_s : trial->turn_s / 4;
    struct zm_live_account before, after;
    struct looks settling = {0}, looks = {0};
    turn->rss = turn->used = turn->cpu_s = turn->allocs = turn->number = -1;
    int status = zm_switch_to(source, turn->backend, false);
    if (status != 0)
        return status;
    double began = zm_now();
    bool goes_on = watch(source, began + settle, &after, &settling, &status);
    /* Or the memory that the others have free would be told as this one's. */
    if (goes_on && status == 0 && source->page.purges)
        status = zm_switch_to(source, turn->backend, true);
    while (status == 0 && goes_on && zm_switch_awaits(source) && zm_now() < began + trial->turn_s)
        goes_on = zm_pause_until(zm_now() + LOOK_S);
    if (status != 0)
        return status;
    double measured = zm_now(), cpu = cpu_of(source->pid);
    status = look(source, &before, &looks);
    after = before;
    /* However long the settling took, lest a moment of a late turn be compared with whole ones. */
    if (goes_on && status == 0)
        goes_on = watch(source, measured + trial->turn_s - settle, &after, &looks, &status);
    if (goes_on && status == 0 && trial->metric == ZM_TRIAL_COMMAND)
        ask_command(trial, source, turn);
    if (status == 0)
        status = look(source, &after, &looks);
    if (status != 0)
        return status;
    turn->seconds = zm_now() - measured;
    if (zm_child_interrupted())
        snprintf(turn->problem, sizeof turn->problem, "interrupted");
    else if (strcmp(after.backend, name) != 0)
        snprintf(turn->problem, sizeof turn->problem, "somebody else switched the process");
    else if (after.allocs == before.allocs && trial->metric != ZM_TRIAL_COMMAND)
        snprintf(turn->problem, sizeof turn->problem, "the process allocated nothing in it");
    if (looks.rss_count)
        turn->rss = looks.rss / looks.rss_count;
    if (looks.used_count)
        turn->used = looks.used / looks.used_count;
    if (cpu >= 0 && cpu_of(source->pid) >= 0)
        turn->cpu_s = cpu_of(source->pid) - cpu;
    turn->allocs = (double)(after.allocs - before.allocs);
    return 0;
}
