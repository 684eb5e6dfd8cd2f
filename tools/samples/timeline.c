/* Points from /proc/PID/statm: it asks for no lock, so that looking doesn't slow the command.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "timeline.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FIRST_INTERVAL_S 0.005
#define PROCESSES_MAX    32 /* looked at for a point */

struct zm_timeline *zm_timeline_new(void)
{
    struct zm_timeline *timeline = malloc(sizeof *timeline);
    if (timeline)
        *timeline = (struct zm_timeline){.interval_s = FIRST_INTERVAL_S};
    return timeline;
}

/* The length read; nothing where there is no such process any more. */
static size_t read_file(pid_t pid, const char *format, char *out, size_t size)
{
    char path[64];
    snprintf(path, sizeof path, format, (int)pid, (int)pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t length = fd < 0 ? -1 : read(fd, out, size - 1);
    if (fd >= 0)
        close(fd);
    out[length > 0 ? length : 0] = '\0';
    return length > 0 ? (size_t)length : 0;
}

static double resident(pid_t pid)
{
    char text[128];
    unsigned long pages;
    if (read_file(pid, "/proc/%d/statm", text, sizeof text) == 0 ||
        sscanf(text, "%*s %lu", &pages) != 1)
        return 0;
    return (double)pages * (double)sysconf(_SC_PAGESIZE);
}

/* Children of the first thread alone: those that others start are found when there is nothing
 * cheaper than reading all of /proc, that is never. */
static double largest(pid_t pid)
{
    pid_t all[PROCESSES_MAX] = {pid};
    size_t count = 1;
    double found = 0;
    for (size_t i = 0; i < count; i++) {
        double bytes = resident(all[i]);
        found = bytes > found ? bytes : found;
        char text[512], *rest = text;
        read_file(all[i], "/proc/%d/task/%d/children", text, sizeof text);
        for (char *end; count < PROCESSES_MAX; rest = end) {
            long child = strtol(rest, &end, 10);
            if (end == rest)
                break;
            all[count++] = (pid_t)child;
        }
    }
    return found;
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

double zm_timeline_look(struct zm_timeline *timeline, pid_t pid, double now_s)
{
    double due = timeline->count
                     ? timeline->points[timeline->count - 1].s + timeline->interval_s
                     : FIRST_INTERVAL_S; /* before that it is this program's own image */
    if (now_s < due)
        return due;
    double bytes = largest(pid);
    if (bytes > 0) /* else it has ended */
        zm_timeline_add(timeline, now_s, bytes);
    return now_s + timeline->interval_s;
}
