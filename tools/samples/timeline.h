/* Resident memory over time.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TOOLS_SAMPLES_TIMELINE_H
#define ZM_TOOLS_SAMPLES_TIMELINE_H

#include <stddef.h>

#define ZM_TIMELINE_POINTS 128

/* When there is no room for another point, every other one is dropped and the interval doubles, so
 * that a long run has as many points as a short one. */
struct zm_timeline {
    double interval_s;
    size_t count;
    struct zm_timeline_point {
        double s, bytes;
    } points[ZM_TIMELINE_POINTS];
};

/* The caller frees it. NULL: out of memory. */
struct zm_timeline *zm_timeline_new(void);

/* When the next point is to be taken, in seconds since the command's start. */
double zm_timeline_due(const struct zm_timeline *timeline);

void zm_timeline_add(struct zm_timeline *timeline, double s, double bytes);

#endif
