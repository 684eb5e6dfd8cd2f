/* Linux lists a thread's children in /proc/PID/task/TID/children. Where it doesn't, each process of
 * the machine is asked for its parent.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "children.h"

#include "processes.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/common/grow.h"

bool zm_pids_has(const struct zm_pids *pids, pid_t pid)
{
    for (size_t i = 0; i < pids->count; i++) {
        if (pids->all[i] == pid)
            return true;
    }
    return false;
}

bool zm_pids_add(struct zm_pids *pids, pid_t pid)
{
    pid_t *all = zm_grow(pids->all, pids->count, &pids->room, sizeof pid, 32);
    if (!all)
        return false;
    pids->all = all;
    pids->all[pids->count++] = pid;
    return true;
}

void zm_pids_clear(struct zm_pids *pids)
{
    free(pids->all);
    *pids = (struct zm_pids){0};
}

static int add(pid_t pid, const struct zm_pids *without, struct zm_pids *out)
{
    if (zm_pids_has(without, pid) || zm_pids_has(out, pid))
        return 0;
    return zm_pids_add(out, pid) ? 0 : -ENOMEM;
}

/* -ENOENT: no such thread, or no such file. */
static int add_children(pid_t pid, pid_t thread, const struct zm_pids *without, struct zm_pids *out)
{
    char text[4096 + 1];
    int status = 0;
    snprintf(text, sizeof text, "/proc/%ld/task/%ld/children", (long)pid, (long)thread);
    int fd = open(text, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    size_t kept = 0;
    for (ssize_t length;
         status == 0 && (length = read(fd, text + kept, sizeof text - 1 - kept)) > 0;) {
        text[kept + (size_t)length] = '\0';
        char *from = text, *end;
        for (; (end = strchr(from, ' ')) && status == 0;
             from = end + 1) /* each has one behind it */
            status = add((pid_t)strtol(from, NULL, 10), without, out);
        kept = strlen(from);
        memmove(text, from, kept);
    }
    close(fd);
    return status;
}

static int add_children_of_all(pid_t pid, const struct zm_pids *without, struct zm_pids *out)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%ld/task", (long)pid);
    DIR *threads = opendir(path);
    int status = threads ? 0 : -errno;
    for (struct dirent *entry; status != -ENOMEM && threads && (entry = readdir(threads));) {
        long thread = strtol(entry->d_name, NULL, 10);
        if (thread > 0)
            status = add_children(pid, (pid_t)thread, without, out);
    }
    if (threads)
        closedir(threads);
    return status;
}

/* Whether this system lists children, which it does for this process if it does. */
static bool are_listed(void)
{
    static enum { UNKNOWN, LISTED, NOT_LISTED } known;
    char path[96];
    snprintf(path, sizeof path, "/proc/%ld/task/%ld/children", (long)getpid(), (long)getpid());
    if (known == UNKNOWN)
        known = access(path, F_OK) == 0 ? LISTED : NOT_LISTED;
    return known == LISTED;
}

int zm_descendants(pid_t pid, const struct zm_pids *without, bool thorough, struct zm_pids *out)
{
    if (!are_listed())
        return thorough ? zm_descendants_by_parents(pid, without, out) : -EAGAIN;
    size_t next = out->count;
    int status;
    do {
        status = thorough ? add_children_of_all(pid, without, out)
                          : add_children(pid, pid, without, out);
        pid = next < out->count ? out->all[next++] : 0;
    } while (status != -ENOMEM && pid);
    return status == -ENOMEM ? status : 0;
}

/* A child may stand before its parent in the list: so it is gone through until nothing is new. */
int zm_descendants_by_parents(pid_t pid, const struct zm_pids *without, struct zm_pids *out)
{
    pid_t *pids, *parents;
    size_t count, before;
    int status = zm_processes(&pids, &count);
    if (status != 0)
        return status;
    parents = calloc(count + 1, sizeof *parents);
    status = parents ? 0 : -ENOMEM;
    for (size_t i = 0; i < count && status == 0; i++) {
        struct zm_process_state state;
        parents[i] = zm_process_state(pids[i], &state) ? state.parent : 0;
    }
    do {
        before = out->count;
        for (size_t i = 0; i < count && status == 0; i++) {
            if (parents[i] == pid || zm_pids_has(out, parents[i]))
                status = add(pids[i], without, out);
        }
    } while (out->count > before);
    free(parents);
    free(pids);
    return status;
}
