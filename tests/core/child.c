/* SPDX-License-Identifier: BSD-3-Clause */
#include "child.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static void in_child(int err, int (*body)(void *arg), void *arg, unsigned seconds)
{
    /* cmocka catches them; here they shall kill. No core files of deaths that are meant. */
    static const int deadly[] = {SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGSEGV};
    for (size_t i = 0; i < sizeof deadly / sizeof *deadly; i++)
        signal(deadly[i], SIG_DFL);
    setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
    alarm(seconds);
    dup2(err, STDERR_FILENO);
    close(err);
    _exit(body(arg));
}

struct zm_child zm_run_child(int (*body)(void *arg), void *arg, unsigned seconds)
{
    struct zm_child child = {.status = -1};
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        close(ends[0]);
        in_child(ends[1], body, arg, seconds);
    }
    close(ends[1]);
    size_t length = 0;
    char rest[512];
    for (;;) {
        int full = length == sizeof child.err - 1;
        ssize_t n = read(ends[0], full ? rest : child.err + length,
                         full ? sizeof rest : sizeof child.err - 1 - length);
        if (n == 0 || (n < 0 && errno != EINTR))
            break;
        length += n > 0 && !full ? (size_t)n : 0;
    }
    close(ends[0]);
    while (waitpid(pid, &child.status, 0) < 0 && errno == EINTR) {
    }
    return child;
}

void zm_assert_child_ok(const struct zm_child *child)
{
    if (WIFSIGNALED(child->status))
        fail_msg("child died of signal %d; it said: %s", WTERMSIG(child->status), child->err);
    if (WEXITSTATUS(child->status) != 0)
        fail_msg("child exited with %d; it said: %s", WEXITSTATUS(child->status), child->err);
}

void zm_child_fails(const char *condition, const char *file, int line)
{
    char text[512];
    int length = snprintf(text, sizeof text, "%s:%d: not so: %s\n", file, line, condition);
    if (write(STDERR_FILENO, text, (size_t)length) < 0)
        _exit(2);
    _exit(1);
}
