/* Resident memory from /proc/PID/statm. The kernel takes no lock to answer, so looking does not
 * slow the command down.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "resident.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define PROCESSES_MAX 32 /* that are looked at for one point */

/* While exec replaces a process, it has a page or two, which are not the memory of the command. */
#define EXEC_BYTES 16384

/* The number of bytes read: 0 where there is no such process any more. */
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

/* Follows only the children of each process's first thread. Finding those that other threads have
 * started would mean reading all of /proc. */
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

double zm_resident_look(struct zm_timeline *timeline, pid_t pid, double now_s)
{
    double due = zm_timeline_due(timeline);
    if (now_s < due)
        return due;
    double bytes = largest(pid);
    if (bytes > EXEC_BYTES) /* otherwise the command has ended, or not begun */
        zm_timeline_add(timeline, now_s, bytes);
    return now_s + timeline->interval_s;
}
