/* One backend's turn: what the process used meanwhile.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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

/* Sums of what the looks have seen. */
struct looks {
    double rss, used;
    unsigned rss_count, used_count;
    size_t processes, switched;
};

static int look(struct zm_family *family, struct looks *looks)
{
    struct zm_family_figures now;
    int status = zm_family_look(family, &now);
    if (status != 0)
        return status;
    if (now.memory >= 0) {
        looks->rss += now.memory;
        looks->rss_count++;
    }
    if (now.used >= 0) {
        looks->used += now.used;
        looks->used_count++;
    }
    if (now.processes > looks->processes) {
        looks->processes = now.processes;
        looks->switched = now.switched;
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

static void ask_command(const struct zm_trial *trial, pid_t root, const char *name,
                        struct zm_turn *turn)
{
    char pid[24], directory[PATH_MAX], path[PATH_MAX + 16];
    char *const argv[] = {"sh", "-c", (char *)trial->metric_text, NULL};
    const char *const pairs[] = {"ZMALLOC_TRIAL_PID", pid, "ZMALLOC_TRIAL_BACKEND", name, NULL};
    char *const none[] = {NULL};
    struct zm_child_end end;
    snprintf(pid, sizeof pid, "%ld", (long)root);
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
static bool watch(struct zm_family *family, double until, struct looks *looks, int *status)
{
    while (*status == 0 && zm_now() < until) {
        if (!zm_pause_until(fmin(until, zm_now() + family->pause_s)))
            return false;
        *status = look(family, looks);
    }
    return true;
}

/* New programs that come all the time are switched at each look, too. */
static int order(struct zm_family *family, const char *name, bool purge)
{
    int status = zm_family_switch(family, name, purge, NULL, NULL);
    return status == -EBUSY ? 0 : status;
}

/* Switches, and lets the time go by in which blocks of the one before go home. Then the others are
 * to give back what they have free, or it would be told as this one's. Some of many processes do
 * not allocate for long, and are not waited for. False: a signal came. */
static bool settle(const struct zm_trial *trial, struct zm_family *family,
                   const struct zm_live *page, const char *name, double settle_s, int *status)
{
    struct looks unused = {0};
    double began = zm_now(), latest = trial->children ? 2 * settle_s : trial->turn_s;
    *status = order(family, name, false);
    if (*status == 0)
        *status = look(family, &unused);
    bool goes_on = watch(family, began + settle_s, &unused, status);
    if (goes_on && *status == 0 && page->purges)
        *status = order(family, name, true);
    while (*status == 0 && goes_on && zm_family_awaits(family) && zm_now() < began + latest)
        goes_on = zm_pause_until(zm_now() + LOOK_S);
    return goes_on;
}

int zm_turn_take(const struct zm_trial *trial, struct zm_family *family, const struct zm_live *page,
                 struct zm_turn *turn)
{
    const char *name = page->backends[turn->backend].name;
    double settle_s = trial->settle_s > 0 ? trial->settle_s : trial->turn_s / 4;
    struct looks looks = {0};
    int status;
    turn->rss = turn->used = turn->cpu_s = turn->allocs = turn->number = -1;
    bool goes_on = settle(trial, family, page, name, settle_s, &status);
    double measured = zm_now();
    if (status == 0)
        status = look(family, &looks);
    double cpu_s = family->cpu_s, allocs = family->allocs;
    size_t seen = family->seen - family->count;
    /* However long the settling took, lest a moment of a late turn be compared with whole ones. */
    if (goes_on && status == 0)
        goes_on = watch(family, measured + trial->turn_s - settle_s, &looks, &status);
    if (goes_on && status == 0 && trial->metric == ZM_TRIAL_COMMAND)
        ask_command(trial, family->root, name, turn);
    if (status == 0)
        status = look(family, &looks);
    if (status != 0)
        return status;
    turn->seconds = zm_now() - measured;
    turn->cpu_s = family->cpu_s - cpu_s;
    turn->allocs = family->allocs - allocs;
    turn->processes = looks.processes;
    turn->switched = looks.switched;
    turn->seen = family->seen - seen;
    if (looks.rss_count)
        turn->rss = looks.rss / looks.rss_count;
    if (looks.used_count)
        turn->used = looks.used / looks.used_count;
    if (zm_child_interrupted())
        snprintf(turn->problem, sizeof turn->problem, "interrupted");
    else if (family->somebody_else)
        snprintf(turn->problem, sizeof turn->problem, "somebody else switched %s process",
                 trial->children ? "a" : "the");
    else if (turn->allocs <= 0 && trial->metric != ZM_TRIAL_COMMAND)
        snprintf(turn->problem, sizeof turn->problem, "the process%s allocated nothing in it",
                 trial->children ? "es" : "");
    return 0;
}
