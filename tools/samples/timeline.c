/* Thinning out the points of a timeline.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "timeline.h"

#include <stdlib.h>

#define FIRST_INTERVAL_S 0.005

struct zm_timeline *zm_timeline_new(void)
{
    struct zm_timeline *timeline = malloc(sizeof *timeline);
    if (timeline)
        *timeline = (struct zm_timeline){.interval_s = FIRST_INTERVAL_S};
    return timeline;
}

double zm_timeline_due(const struct zm_timeline *timeline)
{
    /* An earlier look would see the image of this program, not yet that of the command. */
    if (timeline->count == 0)
        return FIRST_INTERVAL_S;
    return timeline->points[timeline->count - 1].s + timeline->interval_s;
}

void zm_timeline_add(struct zm_timeline *timeline, double s, double bytes)
{
    if (timeline->count == ZM_TIMELINE_POINTS) {
        timeline->count /= 2;
        for (size_t i = 0; i < timeline->count; i++)
            timeline->points[i] = timeline->points[2 * i];
        timeline->interval_s *= 2;
    }
    timeline->points[timeline->count++] = (struct zm_timeline_point){s, bytes};
}
