/* Starting the pager, and waiting for it.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "pager.h"

#include "tools/common/cli.h"
#include "tools/common/command.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define USUAL     "less"
#define NOT_FOUND 127 /* a shell's exit status */

extern char **environ;

static bool left_out;

void zm_pager_leave_out(void)
{
    left_out = true;
}

/* NULL: none is wanted, or the usual one is not there. */
static const char *wanted(void)
{
    const char *command = getenv("ZMALLOC_PAGER");
    char path[PATH_MAX];
    if (left_out || !isatty(STDOUT_FILENO))
        return NULL;
    if (!command)
        command = getenv("PAGER");
    if (!command)
        return zm_command_look_up(USUAL, path) == 0 ? USUAL : NULL;
    return *command && strcmp(command, "cat") != 0 ? command : NULL;
}

/* Starts it with the reading end as its input. 0, or the errno. */
static int start(const char *command, int input, pid_t *pid)
{
    char *argv[] = {(char *)"sh", (char *)"-c", (char *)(uintptr_t)command, NULL};
    posix_spawn_file_actions_t files;
    int error = posix_spawn_file_actions_init(&files);
    if (error)
        return error;
    error = posix_spawn_file_actions_adddup2(&files, input, STDIN_FILENO);
    if (!error)
        error = posix_spawn(pid, "/bin/sh", &files, NULL, argv, environ);
    posix_spawn_file_actions_destroy(&files);
    return error;
}

void zm_pager_begin(struct zm_pager *pager)
{
    const char *command = wanted();
    int ends[2];
    pid_t pid;
    *pager = (struct zm_pager){.out = stdout};
    if (!command || pipe2(ends, O_CLOEXEC) != 0)
        return;
    /* less: what fits on the screen is only printed, colours are, and it stays there. */
    setenv("LESS", "FRX", 0);
    setenv("LV", "-c", 0);
    FILE *out = start(command, ends[0], &pid) == 0 ? fdopen(ends[1], "w") : NULL;
    close(ends[0]);
    if (!out) {
        close(ends[1]);
        return;
    }
    /* The user leaves by the pager's own keys, and may leave before the end. */
    signal(SIGINT, SIG_IGN);
    signal(SIGQUIT, SIG_IGN);
    signal(SIGPIPE, SIG_IGN);
    *pager = (struct zm_pager){.out = out, .pid = (int)pid};
}

bool zm_pager_end(struct zm_pager *pager)
{
    int status = 0;
    if (pager->pid == 0)
        return true;
    fclose(pager->out); /* a pipe that nobody reads any more is no error */
    while (waitpid(pager->pid, &status, 0) < 0 && errno == EINTR)
        continue;
    if (!WIFEXITED(status) || WEXITSTATUS(status) != NOT_FOUND)
        return true;
    zm_error(NULL, "the pager is not there: ZMALLOC_PAGER, PAGER");
    return false;
}
