/* One sample: a command run once, in a fresh process, under one backend.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TOOLS_SAMPLES_SAMPLE_H
#define ZM_TOOLS_SAMPLES_SAMPLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "figure.h"
#include "row.h"
#include "timeline.h"

#define ZM_ENDED_LATE "SIGKILL, late" /* a server that did not end in time when it was to */

struct zm_sample {
    const struct zm_row *row;
    unsigned block; /* counted from 1; 0: a warm-up */
    int64_t time;   /* when it began, in seconds since the Epoch */

    bool ok;             /* whether it counts in the result */
    char reason[224];    /* why it does not */
    int spawn_error;     /* the errno if the command could not be executed */
    int exit;            /* the exit status as a shell has it */
    bool interrupted;    /* by a signal to this process, which says nothing of the command */
    char complaint[512]; /* the last lines of its stderr, unescaped, if it is not ok */

    char own_allocator[16]; /* of the largest process, as own_allocator.h names it; "": none is
                               known */
    char ended[24];         /* of the command: "exit 0", "SIGKILL"; "": unknown */
    size_t seen;            /* processes that did not report, and count as they were last seen */
    double age_s;           /* before their ends, at most */
    char version[64];       /* of the backend; "" if no process reported one */
    double values[ZM_MEASURED]; /* by enum zm_figure; negative: unknown */
    char *self_report;          /* what the program reported, as JSON; owned; NULL: nothing */
    struct zm_timeline *rss;    /* of the largest process; owned; NULL: none */
};

/* A new sample, of which no figure is known. */
void zm_sample_init(struct zm_sample *out, const struct zm_row *row, unsigned block);

/* A figure that is measured or follows from others. Negative if it is unknown or would mean
 * nothing. */
double zm_figure_of(const struct zm_sample *sample, enum zm_figure figure);

/* Forgets the timeline, and every figure but those from `first` to `last`. */
void zm_sample_keep(struct zm_sample *sample, enum zm_figure first, enum zm_figure last);

void zm_sample_clear(struct zm_sample *sample);

/* Samples in the order they came. */
struct zm_samples {
    struct zm_sample *all;
    size_t count, room;
};

/* Moves the sample in. 0, or -ENOMEM. */
int zm_samples_add(struct zm_samples *samples, const struct zm_sample *sample);
void zm_samples_clear(struct zm_samples *samples);

#endif
