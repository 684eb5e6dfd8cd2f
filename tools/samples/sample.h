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

struct zm_sample {
    const struct zm_row *row;
    unsigned block; /* from 1 */
    int64_t time;   /* when it began: seconds since the Epoch */

    bool ok;             /* counts in the result */
    char reason[160];    /* why not */
    int spawn_error;     /* errno where the command could not be executed */
    int exit;            /* as a shell tells it */
    bool interrupted;    /* stopped by a signal to this process: neither good nor bad */
    char complaint[512]; /* the last lines of stderr, as they are, of a sample that is not ok */

    char version[64];           /* the backend's; "" if no process reported */
    double values[ZM_MEASURED]; /* by enum zm_figure; negative: unknown */
    char *self_report;          /* what the program reported, as JSON; owned; NULL: nothing */
    struct zm_timeline *rss;    /* of the largest process; owned; NULL: none */
};

/* Every figure unknown. */
void zm_sample_init(struct zm_sample *out, const struct zm_row *row, unsigned block);

/* A figure of the sample, measured or following from others. Negative where it is unknown, or would
 * mean nothing. */
double zm_figure_of(const struct zm_sample *sample, enum zm_figure figure);

/* Forgets every figure but these, and the timeline. */
void zm_sample_keep(struct zm_sample *sample, enum zm_figure first, enum zm_figure last);

void zm_sample_clear(struct zm_sample *sample);

/* Samples in the order they came. */
struct zm_samples {
    struct zm_sample *all;
    size_t count, room;
};

/* Moves `sample` in. 0 or -ENOMEM. */
int zm_samples_add(struct zm_samples *samples, const struct zm_sample *sample);
void zm_samples_clear(struct zm_samples *samples);

#endif
