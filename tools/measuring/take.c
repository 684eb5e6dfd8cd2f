/* Taking a sample, and judging whether it counts.
 *
 * Each process of the command writes its account into a directory that exists only as long as the
 * sample, so that what an earlier sample left running cannot write into it.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "take.h"

#include "tools/common/scratch.h"
#include "tools/process/environment.h"
#include "tools/process/hardware.h"
#include "tools/process/own_allocator.h"
#include "tools/process/self_report.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SHOWN_LINES 4

int zm_sample_files_make(struct zm_sample_files *files)
{
    const char *path = files->directory;
    int status = zm_scratch_make(files->directory);
    if (status != 0)
        return status;
    /* zm_scratch_make leaves room for these names. */
    strcpy(stpcpy(files->accounts, path), "/%p.json");
    strcpy(stpcpy(files->self_report, path), "/result");
    strcpy(stpcpy(files->complaint, path), "/stderr");
    return 0;
}

void zm_sample_complaint(const char *path, char *out, size_t size)
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
    }
}

void zm_sample_judge(const struct zm_child_end *end, const struct zm_accounts *accounts,
                     const char *damage, const char *silence, double timeout, struct zm_sample *out)
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
        snprintf(why, size, "no process reported %s: %s%s", out->row->backend,
                 silence ? silence : ZM_SILENT,
                 silence && strcmp(silence, ZM_SILENT) != 0 ? "; or it is " ZM_SILENT : "");
    else if (accounts->values[ZM_ALLOCATIONS] == 0)
        snprintf(why, size, "%s counted no allocation", out->row->backend);
    else if (damage)
        snprintf(why, size, "damaged ZMALLOC_RESULT: %s", damage);
    else
        out->ok = true;
}

const char *zm_sample_silence(const struct zm_sample_files *files, const struct zm_tree *tree,
                              pid_t pid)
{
    char path[PATH_MAX + 32];
    const struct zm_looked_at *seen = NULL;
    snprintf(path, sizeof path, "%s/%ld.json", files->directory, (long)pid);
    struct stat file; /* made at the start, written at the end */
    if (stat(path, &file) == 0 && file.st_size > 0)
        return NULL;
    for (size_t i = 0; i < tree->count; i++)
        seen = tree->all[i]->pid == pid ? tree->all[i] : seen;
    if (seen && seen->reported)
        return NULL;
    if (!seen || seen->images == 0)
        return ZM_SILENT;
    const char *doubt = zm_look_doubt(seen);
    /* Each program that has the library opens a report when it starts. */
    bool lost = seen->renamed && seen->opened == 0;
    return doubt && (lost || seen->problem == -ENOENT) ? ZM_SILENT : doubt;
}

static double seconds(struct timeval value)
{
    return (double)value.tv_sec + (double)value.tv_usec * 1e-6;
}

static void fill_in_tree(const struct zm_tree *tree, double *v)
{
    if (tree->processes < 2)
        return;
    v[ZM_TREE_COUNT] = (double)tree->processes;
    v[ZM_TREE_PSS] = tree->pss;
    v[ZM_TREE_USED] = tree->used;
}

void zm_sample_fill_in(const struct zm_child_end *end, const struct zm_accounts *accounts,
                       const struct zm_tree *tree, struct zm_sample *out)
{
    double *v = out->values;
    const struct rusage *usage = &end->usage;
    char buf[20];
    out->exit = end->status;
    if (end->signal)
        snprintf(out->ended, sizeof out->ended, "%s", zm_signal_name(end->signal, buf, sizeof buf));
    else
        snprintf(out->ended, sizeof out->ended, "exit %d", end->status);
    out->seen = accounts->seen;
    out->age_s = accounts->age_s;
    fill_in_tree(tree, v);
    v[ZM_WALL] = end->wall_s;
    v[ZM_USER] = seconds(usage->ru_utime);
    v[ZM_SYS] = seconds(usage->ru_stime);
    v[ZM_MINOR_FAULTS] = (double)usage->ru_minflt;
    v[ZM_MAJOR_FAULTS] = (double)usage->ru_majflt;
    v[ZM_SWITCHES] = (double)usage->ru_nvcsw + (double)usage->ru_nivcsw;
    if (accounts->processes > 0) {
        strcpy(out->version, accounts->largest.version);
        v[ZM_PROCESSES] = (double)accounts->processes;
        zm_accounts_take(accounts, v);
    }
}

void zm_sample_find_own_allocator(const struct zm_accounts *accounts, char *const *argv,
                                  char *const *environment, struct zm_sample *out)
{
    const struct zm_own_allocator *own =
        zm_own_allocator_of(accounts->largest.command, argv, environment);
    if (own)
        strcpy(out->own_allocator, own->name);
}

char **zm_sample_environment(const struct zm_row *row, const struct zm_sample_files *files,
                             const char *const more[2])
{
    const char *const pairs[] = {"ZMALLOC_BACKEND",     row->backend,          "ZMALLOC_STATS",
                                 files->accounts,       "ZMALLOC_RESULT",      files->self_report,
                                 more ? more[0] : NULL, more ? more[1] : NULL, NULL};
    return zm_child_environment(pairs, row->settings);
}

int zm_sample_take(const struct zm_workload *workload, const struct zm_row *row, unsigned block,
                   struct zm_sample *out)
{
    struct zm_sample_files files;
    zm_sample_init(out, row, block);
    int status = zm_sample_files_make(&files);
    if (status != 0)
        return status;
    char **environment = zm_sample_environment(row, &files, NULL);
    if (!environment) {
        zm_scratch_remove(files.directory);
        return -ENOMEM;
    }

    struct zm_tree tree;
    struct zm_child child = {.program = workload->program,
                             .argv = workload->argv,
                             .environment = environment,
                             .timeout_s = workload->timeout_s,
                             .stdin_file = workload->stdin_file,
                             .stderr_file = files.complaint,
                             .tree = &tree};
    zm_tree_init(&tree, files.directory);
    tree.rss = zm_timeline_new();
    struct zm_child_end end;
    struct zm_accounts accounts = {0};
    struct zm_hardware counters;
    zm_hardware_open(&counters);
    zm_child_run(&child, &end);
    zm_hardware_take(&counters, out->values);
    out->rss = tree.rss;
    out->spawn_error = end.spawn_error;
    out->interrupted = zm_child_interrupted() != 0;
    if (!end.spawn_error) {
        status = zm_accounts_read(files.directory, row->backend, &tree, &accounts);
        zm_sample_fill_in(&end, &accounts, &tree, out);
        zm_sample_find_own_allocator(&accounts, workload->argv, environment, out);
        const char *damage = zm_self_report_read(files.self_report, out->values, &out->self_report);
        const char *silence = zm_sample_silence(&files, &tree, end.pid);
        if (status == 0)
            zm_sample_judge(&end, &accounts, damage, silence, workload->timeout_s, out);
        if (out->ok && silence) {
            out->ok = false;
            snprintf(out->reason, sizeof out->reason,
                     "only children of the command reported, it did not: %s", silence);
        }
        if (!out->ok)
            zm_sample_complaint(files.complaint, out->complaint, sizeof out->complaint);
    }
    zm_tree_clear(&tree);
    zm_child_environment_free(environment);
    zm_scratch_remove(files.directory);
    return status;
}
