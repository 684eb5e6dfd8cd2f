/* SPDX-License-Identifier: BSD-3-Clause */
#include "process.h"

#include <errno.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static pid_t spawn(const char *program, char *const *argv, int out)
{
    pid_t pid;
    posix_spawn_file_actions_t actions;
    if (posix_spawn_file_actions_init(&actions) != 0)
        return 0;
    int error = posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
    if (!error)
        error = posix_spawn(&pid, program, &actions, NULL, argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    return error ? 0 : pid;
}

int zm_process_start(struct zm_process *process, const struct zm_rounds *how, const char *operation,
                     const struct zm_work *work, size_t number)
{
    char rounds[32], milliseconds[32], seed[32], switched[64];
    snprintf(rounds, sizeof rounds, "--rounds=%zu", how->count);
    snprintf(milliseconds, sizeof milliseconds, "--milliseconds=%g", how->milliseconds);
    snprintf(seed, sizeof seed, "--seed=%llu", (unsigned long long)(uint32_t)(how->seed + number));
    snprintf(switched, sizeof switched, "--switched=%s", how->switched ? how->switched : "");
    char *argv[] = {(char *)how->program,
                    (char *)"--samples",
                    (char *)"--processes=1",
                    (char *)"-o",
                    (char *)operation,
                    (char *)"-s",
                    (char *)work->range->name,
                    rounds,
                    milliseconds,
                    seed,
                    how->switched ? switched : NULL,
                    NULL};
    int ends[2];
    *process = (struct zm_process){0, NULL};
    if (pipe(ends) != 0)
        return -1;
    process->pid = spawn(how->program, argv, ends[1]);
    close(ends[1]);
    process->out = fdopen(ends[0], "r");
    if (!process->out)
        close(ends[0]);
    return process->pid && process->out ? 0 : -1;
}

int zm_process_end(struct zm_process *process)
{
    int status = -1;
    if (process->out)
        fclose(process->out);
    if (!process->pid)
        return -1;
    while (waitpid(process->pid, &status, 0) < 0 && errno == EINTR) {
    }
    return status == 0 ? 0 : -1;
}
