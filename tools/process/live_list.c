/* Finds the processes with an account in /proc.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "live_list.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zmalloc/sysinfo.h>

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

static int read_process(pid_t pid, struct zm_live_process *out)
{
    struct zmalloc_sysinfo_memory memory = {.struct_size = sizeof memory};
    int status = zm_live_open(pid, &out->source);
    if (status == 0)
        status = zm_live_take(&out->source, &out->account);
    if (status != 0)
        return status;
    (void)zm_process_name(pid, out->command, sizeof out->command);
    bool known = zmalloc_sysinfo_memory(pid, ZMALLOC_SYSINFO_RSS, &memory) == 0;
    out->rss = known ? memory.rss : 0;
    return 0;
}

static int add(struct zm_live_list *list, pid_t pid)
{
    struct zm_live_process process;
    int status = read_process(pid, &process);
    list->unreadable += status == -EPERM;
    if (status != 0)
        return status;
    size_t size = (list->count + 1) * sizeof *list->all;
    struct zm_live_process *all = realloc(list->all, size);
    if (!all)
        return -ENOMEM;
    list->all = all;
    all[list->count++] = process;
    return 0;
}

static int by_number(const void *a, const void *b)
{
    pid_t one = ((const struct zm_live_process *)a)->source.pid;
    pid_t other = ((const struct zm_live_process *)b)->source.pid;
    return (one > other) - (one < other);
}

static int add_all(struct zm_live_list *list)
{
    DIR *processes = opendir("/proc");
    if (!processes)
        return -errno;
    int status = 0;
    for (struct dirent *entry; status != -ENOMEM && (entry = readdir(processes));) {
        long pid = strtol(entry->d_name, NULL, 10);
        if (pid > 0)
            status = add(list, (pid_t)pid);
    }
    closedir(processes);
    return status == -ENOMEM ? status : 0;
}

int zm_live_list_read(const pid_t *pids, size_t count, struct zm_live_list *out, pid_t *which)
{
    int status = 0;
    *out = (struct zm_live_list){0};
    for (size_t i = 0; i < count; i++) {
        int error = add(out, pids[i]);
        if (error && status == 0 && which)
            *which = pids[i];
        if (error && status == 0)
            status = error;
    }
    if (count == 0)
        status = add_all(out);
    if (out->count)
        qsort(out->all, out->count, sizeof *out->all, by_number);
    return status;
}

void zm_live_list_free(struct zm_live_list *list)
{
    free(list->all);
    *list = (struct zm_live_list){0};
}
