/* A pipe from a program.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "answer.h"

#include <errno.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static int start(char *const *argv, int out, int other_end, pid_t *pid)
{
    posix_spawn_file_actions_t files;
    int error = posix_spawn_file_actions_init(&files);
    if (error)
        return error;
    error = posix_spawn_file_actions_adddup2(&files, out, STDOUT_FILENO);
    if (!error)
        error = posix_spawn_file_actions_adddup2(&files, out, STDERR_FILENO);
    if (!error)
        error = posix_spawn_file_actions_addclose(&files, other_end);
    if (!error)
        error = posix_spawn(pid, argv[0], &files, NULL, argv, environ);
    posix_spawn_file_actions_destroy(&files);
    return error;
}

int zm_answer_take(char *const *argv, char *out, size_t size, int *status)
{
    int ends[2];
    pid_t pid;
    if (pipe(ends) != 0)
        return -errno;
    int error = start(argv, ends[1], ends[0], &pid);
    close(ends[1]);
    size_t used = 0;
    for (ssize_t n; !error && used < size - 1; used += (size_t)n) {
        n = read(ends[0], out + used, size - 1 - used);
        if (n < 0 && errno == EINTR)
            n = 0;
        else if (n <= 0)
            break;
    }
    out[used] = '\0';
    close(ends[0]);
    if (error)
        return -error;
    while (waitpid(pid, status, 0) < 0) {
        if (errno != EINTR)
            return -errno;
    }
    return 0;
}
