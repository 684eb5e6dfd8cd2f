/* Reads one account after another.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "live_list.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <zmalloc/sysinfo.h>

#include "processes.h"
#include "tools/common/clock.h"

static int by_number(const void *a, const void *b)
{
    pid_t one = ((const struct zm_live_process *)a)->source.pid;
    pid_t other = ((const struct zm_live_process *)b)->source.pid;
    return (one > other) - (one < other);
}

static int by_own_number(const void *a, const void *b)
{
    pid_t one = ((const struct zm_live_without *)a)->pid;
    pid_t other = ((const struct zm_live_without *)b)->pid;
    return (one > other) - (one < other);
}

static const struct zm_live_process *known(const struct zm_live_list *before, pid_t pid)
{
    struct zm_live_process key = {.source.pid = pid};
    return before && before->count
               ? bsearch(&key, before->all, before->count, sizeof key, by_number)
               : NULL;
}

/* What was found not long ago. */
static const struct zm_live_without *known_without(const struct zm_live_list *before, pid_t pid)
{
    struct zm_live_without key = {.pid = pid}, *found = NULL;
    if (before && before->without_count)
        found = bsearch(&key, before->without, before->without_count, sizeof key, by_own_number);
    return found && zm_now() - found->from < ZM_LIVE_LOOKED_AT_AGAIN_S ? found : NULL;
}

static int read_account(pid_t pid, const struct zm_live_process *earlier,
                        struct zm_live_process *out)
{
    if (earlier) {
        out->source = earlier->source;
        if (zm_live_take(&out->source, &out->account) == 0)
            return 0;
    }
    int status = zm_live_open(pid, &out->source);
    return status == 0 ? zm_live_take(&out->source, &out->account) : status;
}

static int read_process(pid_t pid, const struct zm_live_process *earlier,
                        struct zm_live_process *out)
{
    struct zmalloc_sysinfo_memory memory = {.struct_size = sizeof memory};
    int status = read_account(pid, earlier, out);
    if (status != 0)
        return status;
    (void)zm_process_name(pid, out->command, sizeof out->command);
    bool told = zmalloc_sysinfo_memory(pid, ZMALLOC_SYSINFO_RSS, &memory) == 0;
    out->rss = told ? memory.rss : 0;
    return 0;
}

static int add(struct zm_live_list *list, const struct zm_live_list *before, pid_t pid)
{
    struct zm_live_process process;
    int status = read_process(pid, known(before, pid), &process);
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

/* Most have no account, which is no error. */
static int add_if_there(struct zm_live_list *list, const struct zm_live_list *before, pid_t pid)
{
    const struct zm_live_without *without = known_without(before, pid);
    struct zm_live_without entry = {.pid = pid, .from = zm_now()};
    if (without)
        entry = *without;
    else
        entry.status = add(list, before, pid);
    list->unreadable += entry.status == -EPERM;
    if (entry.status == -ENOMEM)
        return -ENOMEM;
    if (entry.status != 0)
        list->without[list->without_count++] = entry;
    return 0;
}

static int add_all(struct zm_live_list *list, const struct zm_live_list *before)
{
    pid_t *pids;
    size_t count;
    int status = zm_processes(&pids, &count);
    if (status != 0)
        return status;
    list->without = malloc((count + 1) * sizeof *list->without);
    status = list->without ? 0 : -ENOMEM;
    for (size_t i = 0; i < count && status == 0; i++)
        status = add_if_there(list, before, pids[i]);
    if (list->without_count)
        qsort(list->without, list->without_count, sizeof *list->without, by_own_number);
    free(pids);
    return status;
}

int zm_live_list_read(const pid_t *pids, size_t count, const struct zm_live_list *before,
                      struct zm_live_list *out, pid_t *which)
{
    int status = 0;
    *out = (struct zm_live_list){0};
    for (size_t i = 0; i < count; i++) {
        int error = add(out, before, pids[i]);
        out->unreadable += error == -EPERM;
        if (error && status == 0 && which)
            *which = pids[i];
        if (error && status == 0)
            status = error;
    }
    if (count == 0)
        status = add_all(out, before);
    if (out->count)
        qsort(out->all, out->count, sizeof *out->all, by_number);
    return status;
}

void zm_live_list_free(struct zm_live_list *list)
{
    free(list->all);
    free(list->without);
    *list = (struct zm_live_list){0};
}
