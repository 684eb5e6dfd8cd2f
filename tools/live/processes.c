/* /proc has a directory for each.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "processes.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/common/grow.h"

#define EXITING 0x4  /* PF_EXITING */
#define FORKED  0x40 /* PF_FORKNOEXEC */

int zm_processes(pid_t **out, size_t *count)
{
    DIR *directory = opendir("/proc");
    size_t room = 0;
    if (!directory)
        return -errno;
    *out = NULL;
    *count = 0;
    for (struct dirent *entry; (entry = readdir(directory));) {
        long pid = strtol(entry->d_name, NULL, 10);
        if (pid <= 0)
            continue;
        pid_t *larger = zm_grow(*out, *count, &room, sizeof *larger, 256);
        if (!larger) {
            free(*out);
            closedir(directory);
            return -ENOMEM;
        }
        *out = larger;
        (*out)[(*count)++] = (pid_t)pid;
    }
    closedir(directory);
    return 0;
}

static bool read_name(const char *path, char *out, size_t size)
{
    FILE *file = fopen(path, "re");
    *out = '\0';
    if (!file)
        return false;
    size_t length = fread(out, 1, size - 1, file);
    out[length - (length > 0)] = '\0'; /* a line's end follows; one may be in the name, too */
    fclose(file);
    return true;
}

bool zm_process_name(pid_t pid, char *out, size_t size)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%ld/comm", (long)pid);
    return read_name(path, out, size);
}

bool zm_thread_name(pid_t pid, pid_t tid, char *out, size_t size)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%ld/task/%ld/comm", (long)pid, (long)tid);
    return read_name(path, out, size);
}

/* The name is in parentheses, and may have some itself. */
bool zm_process_state(pid_t pid, struct zm_process_state *out)
{
    char path[64], text[1024];
    snprintf(path, sizeof path, "/proc/%ld/stat", (long)pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t length = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
    if (fd >= 0)
        close(fd);
    text[length > 0 ? length : 0] = '\0';
    char *from = strchr(text, '('), *to = strrchr(text, ')');
    char letter;
    long parent, group, threads, user_ticks, system_ticks;
    unsigned flags;
    *out = (struct zm_process_state){0};
    if (!from || !to ||
        sscanf(to,
               ") %c %ld %ld %*d %*d %*d %u %*u %*u %*u %*u %*u %*u %ld %ld %*d %*d %ld %*d "
               "%" SCNu64,
               &letter, &parent, &group, &flags, &user_ticks, &system_ticks, &threads,
               &out->started) != 8)
        return false;
    out->over = letter == 'Z' && threads <= 1; /* the first thread may end before the others */
    snprintf(out->command, sizeof out->command, "%.*s", (int)(to - from - 1), from + 1);
    out->parent = (pid_t)parent;
    out->group = (pid_t)group;
    out->ending = flags & EXITING && threads <= 1;
    out->forked = flags & FORKED;
    out->waited_s = (double)(user_ticks + system_ticks) / (double)sysconf(_SC_CLK_TCK);
    const char *last = strrchr(to, ' ');
    out->ended = last ? (int)strtol(last, NULL, 10) : 0;
    return true;
}
