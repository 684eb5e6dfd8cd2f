/* Reads one account after another.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "live_list.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <zmalloc/sysinfo.h>

#include "processes.h"

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

/* Most have no account, which is no error. */
static int add_all(struct zm_live_list *list)
{
    pid_t *pids;
    size_t count;
    int status = zm_processes(&pids, &count);
    if (status != 0)
        return status;
    for (size_t i = 0; i < count && status != -ENOMEM; i++)
        status = add(list, pids[i]);
    free(pids);
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
