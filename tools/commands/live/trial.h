/* Trying each backend in a running process, and what came out.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TOOLS_COMMANDS_LIVE_TRIAL_H
#define ZM_TOOLS_COMMANDS_LIVE_TRIAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tools/live/family/figures.h"

#define ZM_TRIAL_ROUNDS_MAX 1000

enum zm_trial_metric {
    ZM_TRIAL_RSS,     /* bytes, the mean over the turn's measured part */
    ZM_TRIAL_CPU,     /* seconds of CPU time for each allocation */
    ZM_TRIAL_COMMAND, /* what a command prints */
};

/* What is wanted. */
struct zm_trial {
    const char *backends; /* by commas; NULL: all that may be */
    double turn_s;        /* how long each runs in a round */
    double settle_s;      /* so much of that isn't measured; 0: a quarter */
    uint64_t rounds;
    const char *metric_text; /* as it was given */
    enum zm_trial_metric metric;
    bool most; /* the command's highest number is the best */
    bool stay, json;
    bool children; /* its descendants, too */
};

/* One backend's turn in one round. Figures are negative if they are not known. */
struct zm_turn {
    size_t backend; /* by its index in the page */
    unsigned round; /* from 1 on */
    double seconds; /* that were measured */
    double rss,
        used; /* bytes: means, over all processes; of several the first is PSS if it can be */
    double cpu_s;
    double allocs;
    size_t processes, switched; /* the most at once, and how many of them ran the backend */
    size_t seen;                /* how many there were in all */
    double number;              /* the command's */
    char problem[96];           /* why it does not count; "": it does */
};

/* What the metric says of it; negative: nothing. */
double zm_turn_metric(const struct zm_turn *turn, enum zm_trial_metric metric);

/* Switches, waits, measures. The backend is by its name on that page. 0; or an error of family.h:
 * the process has ended, say. A signal to this process ends it early, with a problem. */
int zm_turn_take(const struct zm_trial *trial, struct zm_family *family, const struct zm_live *page,
                 struct zm_turn *turn);

/* All of them; the backend `first` is the one that ran before, or ZM_LIVE_BACKENDS: it is not among
 * those that were tried. */
struct zm_turns {
    const struct zm_trial *trial;
    const struct zm_live *page; /* of the first process that can be switched */
    bool pss;                   /* that is the memory, not RSS */
    size_t first;
    struct zm_turn *all;
    size_t count;
};

/* Whether it was better than the first in each round that has both, and there is one. */
bool zm_trial_beats_first(const struct zm_turns *turns, size_t backend);

/* The one with the best median, if it beats the first, or nothing is known of that; else the
 * first. */
size_t zm_trial_best(const struct zm_turns *turns);

/* The table and its verdict, or a JSON object. 0, or -ENOMEM. */
int zm_trial_print(const struct zm_turns *turns, size_t best, size_t stays);
int zm_trial_print_json(const struct zm_turns *turns, size_t best, size_t stays);

#endif
