/* /proc has a directory for each.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "processes.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

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
        if (*count == room) {
            room = room ? 2 * room : 256;
            pid_t *larger = realloc(*out, room * sizeof *larger);
            if (!larger) {
                free(*out);
                closedir(directory);
                return -ENOMEM;
            }
            *out = larger;
        }
        (*out)[(*count)++] = (pid_t)pid;
    }
    closedir(directory);
    return 0;
}

bool zm_process_name(pid_t pid, char *out, size_t size)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%ld/comm", (long)pid);
    FILE *file = fopen(path, "re");
    *out = '\0';
    if (!file)
        return false;
    size_t length = fread(out, 1, size - 1, file);
    out[length - (length > 0)] = '\0'; /* a line's end follows; one may be in the name, too */
    fclose(file);
    return true;
}
