/* Taking a sample, and judging whether it counts.
 *
 * Each process of the command writes its account into a directory that lives as long as the sample:
 * what an earlier sample left running can't write into it.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "sample.h"

#include "account.h"
#include "child.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define SHOWN_LINES 4

static int make_directory(char path[PATH_MAX])
{
    const char *base = getenv("TMPDIR");
    if (!base || base[0] != '/' || strstr(base, "%p"))
        base = P_tmpdir; /* the command may change directory; %p would be replaced */
    int n = snprintf(path, PATH_MAX, "%s/zmalloc-XXXXXX", base);
    if (n < 0 || n >= PATH_MAX - 16)
        return -ENAMETOOLONG;
    return mkdtemp(path) ? 0 : -errno;
}

static void remove_directory(const char *path)
{
    DIR *dir = opendir(path);
    if (dir) {
        for (struct dirent *entry; (entry = readdir(dir));)
            unlinkat(dirfd(dir), entry->d_name, 0);
        closedir(dir);
    }
    rmdir(path);
}

/* The last lines of the file, unprintable bytes replaced: they go to a terminal. */
static void read_tail(const char *path, char *out, size_t size)
{
    out[0] = '\0';
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return;
    off_t end = lseek(fd, 0, SEEK_END);
    off_t from = end > (off_t)size - 1 ? end - ((off_t)size - 1) : 0;
    ssize_t length = pread(fd, out, size - 1, from);
    close(fd);
    while (length > 0 && out[length - 1] == '\n')
        length--;
    if (length <= 0) {
        out[0] = '\0';
        return;
    }
    out[length] = '\0';
    size_t lines = 0;
    for (ssize_t i = length - 1; i >= 0; i--) {
        if (out[i] == '\n' && ++lines == SHOWN_LINES) {
            memmove(out, out + i + 1, (size_t)(length - i));
            break;
        }
        unsigned char c = (unsigned char)out[i];
        if (c != '\n' && c != '\t' && (c < ' ' || c == 0x7f))
            out[i] = '?';
    }
}

static void judge(const struct zm_child_end *end, const struct zm_accounts *accounts,
                  const char *backend, double timeout, struct zm_sample *out)
{
    char buf[32];
    char *why = out->reason;
    size_t size = sizeof out->reason;
    if (end->timed_out)
        snprintf(why, size, "stopped after the timeout of %g s", timeout);
    else if (end->signal)
        snprintf(why, size, "signal %s", zm_signal_name(end->signal, buf, sizeof buf));
    else if (end->status != 0)
        snprintf(why, size, "exit status %d", end->status);
    else if (accounts->damaged)
        snprintf(why, size, "damaged account: %s", accounts->damage);
    else if (*accounts->stranger)
        snprintf(why, size, "a process ran under %s", accounts->stranger);
    else if (accounts->processes == 0)
        snprintf(why, size, "no process reported %s: static, or it drops LD_PRELOAD or ZMALLOC_*",
                 backend);
    else if (accounts->allocs == 0)
        snprintf(why, size, "%s counted no allocation", backend);
    else
        out->ok = true;
}

int zm_sample_take(const struct zm_workload *workload, const char *backend, unsigned block,
                   struct zm_sample *out)
{
    char directory[PATH_MAX], accounts_file[PATH_MAX], stderr_file[PATH_MAX];
    *out = (struct zm_sample){.backend = backend, .block = block, .time = (int64_t)time(NULL)};
    int status = make_directory(directory);
    if (status != 0)
        return status;
    /* make_directory left room for these names. */
    strcpy(stpcpy(accounts_file, directory), "/%p.json");
    strcpy(stpcpy(stderr_file, directory), "/stderr");
    if (setenv("ZMALLOC_BACKEND", backend, 1) != 0 ||
        setenv("ZMALLOC_STATS", accounts_file, 1) != 0) {
        remove_directory(directory);
        return -ENOMEM;
    }

    struct zm_child child = {workload->program, workload->argv, workload->timeout_s, stderr_file};
    struct zm_child_end end;
    struct zm_accounts accounts = {0};
    zm_child_run(&child, &end);
    out->spawn_error = end.spawn_error;
    if (!end.spawn_error)
        status = zm_accounts_read(directory, backend, &accounts);

    out->exit = end.status;
    out->wall_s = end.wall_s;
    out->user_s = end.user_s;
    out->sys_s = end.sys_s;
    out->minflt = end.minflt;
    out->majflt = end.majflt;
    out->interrupted = zm_child_interrupted() != 0;
    if (accounts.processes > 0) {
        out->has_account = true;
        strcpy(out->version, accounts.largest.version);
        out->vmhwm_bytes = accounts.largest.vmhwm_bytes;
        out->peak_live_bytes = accounts.largest.peak_bytes;
        out->allocs = accounts.allocs;
        out->allocated_bytes = accounts.allocated_bytes;
        out->processes = accounts.processes;
    }
    if (status == 0 && !end.spawn_error) {
        judge(&end, &accounts, backend, workload->timeout_s, out);
        if (!out->ok)
            read_tail(stderr_file, out->complaint, sizeof out->complaint);
    }
    remove_directory(directory);
    return status;
}
