/* Resident memory over time, looked at from outside while a command runs.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TOOLS_SAMPLES_TIMELINE_H
#define ZM_TOOLS_SAMPLES_TIMELINE_H

#include <stddef.h>
#include <sys/types.h>

#define ZM_TIMELINE_POINTS 128

/* When the points are all taken, every other one goes and the interval doubles: a long run has as
 * many as a short one. */
struct zm_timeline {
    double interval_s;
    size_t count;
    struct zm_timeline_point {
        double s, bytes;
    } points[ZM_TIMELINE_POINTS];
};

/* NULL: out of memory. */
struct zm_timeline *zm_timeline_new(void);

/* Takes a point if the time has come: the largest of `pid` and its descendants. `now_s` counts from
 * the command's start, and so does what it returns: when to look again. */
double zm_timeline_look(struct zm_timeline *timeline, pid_t pid, double now_s);

/* The part that needs no process. */
void zm_timeline_add(struct zm_timeline *timeline, double s, double bytes);

#endif
