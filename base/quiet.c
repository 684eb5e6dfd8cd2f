/* SPDX-License-Identifier: BSD-3-Clause */
#include "quiet.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define PATIENCE_MS 1000

/* So many bytes a pipe that poll calls writable takes without waiting. */
#ifndef PIPE_BUF
#    define PIPE_BUF _POSIX_PIPE_BUF
#endif

/* ---- signals ---- */

static const int raised_by_write[] = {SIGPIPE, SIGXFSZ, SIGTTOU};
enum { RAISED = sizeof raised_by_write / sizeof *raised_by_write };

struct signals {
    sigset_t mask, pending; /* as the program had them */
};

static void hold_signals(struct signals *before)
{
    sigset_t held;
    bool any = false;
    sigemptyset(&held);
    for (int i = 0; i < RAISED; i++)
        sigaddset(&held, raised_by_write[i]);
    pthread_sigmask(SIG_BLOCK, &held, &before->mask);
    for (int i = 0; i < RAISED; i++)
        any = any || sigismember(&before->mask, raised_by_write[i]);
    if (!any || sigpending(&before->pending) != 0)
        sigemptyset(&before->pending); /* what is not held is delivered, not pending */
}

/* After a failure: the signal that it has raised. One that was there before is the program's. */
static void take_signal(const struct signals *before)
{
    sigset_t pending, ours;
    int found = 0, taken;
    sigemptyset(&ours);
    if (sigpending(&pending) != 0)
        return;
    for (int i = 0; i < RAISED; i++)
        if (sigismember(&pending, raised_by_write[i]) == 1 &&
            sigismember(&before->pending, raised_by_write[i]) == 0)
            found = raised_by_write[i];
    if (!found)
        return;
    sigaddset(&ours, found);
    sigwait(&ours, &taken);
}

/* ---- time ---- */

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static bool ready(int fd, int64_t until)
{
    for (;;) {
        struct pollfd p = {.fd = fd, .events = POLLOUT};
        int64_t left = until - now_ms();
        int n = poll(&p, 1, left > 0 ? (int)left : 0);
        if (n > 0)
            return true; /* or it has an error, which write will tell */
        if (n == 0 || errno != EINTR)
            return false;
    }
}

/* ---- writing ---- */

static int write_file(int fd, const char *bytes, size_t length, size_t *done)
{
    while (*done < length) {
        ssize_t n = write(fd, bytes + *done, length - *done);
        if (n < 0 && errno != EINTR)
            return -errno;
        if (n == 0)
            return -EIO;
        *done += n > 0 ? (size_t)n : 0;
    }
    return 0;
}

static int write_stream(int fd, const char *bytes, size_t length)
{
    int64_t until = now_ms() + PATIENCE_MS;
    for (size_t done = 0; done < length;) {
        size_t piece = length - done < PIPE_BUF ? length - done : PIPE_BUF;
        if (!ready(fd, until))
            return -EAGAIN;
        ssize_t n = write(fd, bytes + done, piece);
        bool later = n < 0 && (errno == EINTR || (errno == EAGAIN && now_ms() < until));
        if (n <= 0 && !later)
            return n < 0 ? -errno : -EIO;
        done += n > 0 ? (size_t)n : 0;
    }
    return 0;
}

/* The last `done` bytes of a file that has run full, unless others have written after them. */
static void take_back(int fd, size_t done)
{
    struct stat st;
    off_t end = lseek(fd, 0, SEEK_CUR);
    if (end >= (off_t)done && fstat(fd, &st) == 0 && st.st_size == end &&
        ftruncate(fd, end - (off_t)done) != 0) {
        /* it stays, then */
    }
}

static int write_either(int fd, const char *bytes, size_t length)
{
    struct stat st;
    if (fstat(fd, &st) != 0)
        return -errno;
    if (!S_ISREG(st.st_mode))
        return write_stream(fd, bytes, length);
    size_t done = 0;
    int error = write_file(fd, bytes, length, &done);
    if (error && done)
        take_back(fd, done);
    return error;
}

int zm_write_quietly(int fd, const char *bytes, size_t length)
{
    int saved_errno = errno;
    struct signals before;
    hold_signals(&before);
    int error = write_either(fd, bytes, length);
    if (error)
        take_signal(&before);
    pthread_sigmask(SIG_SETMASK, &before.mask, NULL);
    errno = saved_errno;
    return error;
}
