/* ZMALLOC_STATS: at exit, one JSON object on one line about what this process did.
 *
 * Written by a destructor, and by _exit for the programs (shells, forked workers) that leave that
 * way; with open and write alone. Only the process that a constructor or the fork handler has seen
 * reports: a child of vfork that calls _exit shares its parent's memory, figures included.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <zmalloc.h>

#include "accounting/choice.h"

#define VARIABLE "ZMALLOC_STATS"

static char target[PATH_MAX]; /* "stderr", or an absolute file name with %p; empty: no report */
static pid_t reporter;        /* the process that target belongs to */
static int stderr_copy = -1;  /* GNU programs close stderr before destructors run */
static struct stat stderr_then;
static atomic_flag reported = ATOMIC_FLAG_INIT;

/* What a forked process has from its parent, so that sums over processes count nothing twice. */
static struct zmalloc_stats inherited;

/* ---- text in a fixed buffer ---- */

struct text {
    char bytes[2048];
    size_t length;
};

static void add(struct text *t, const char *s)
{
    while (*s && t->length < sizeof t->bytes)
        t->bytes[t->length++] = *s++;
}

static void add_number(struct text *t, const char *name, uint64_t value)
{
    char digits[ZM_DECIMAL_MAX];
    add(t, ",\"");
    add(t, name);
    add(t, "\":");
    add(t, zm_decimal(digits, value));
}

static void add_string(struct text *t, const char *name, const char *value)
{
    add(t, ",\"");
    add(t, name);
    add(t, "\":\"");
    for (; *value; value++) {
        unsigned char c = (unsigned char)*value;
        /* A program's name may be any bytes; JSON may not. */
        char plain[2] = {c >= 0x20 && c < 0x7f && c != '"' && c != '\\' ? (char)c : '?', '\0'};
        add(t, plain);
    }
    add(t, "\"");
}

static void describe(struct text *t)
{
    struct zmalloc_stats s = {.struct_size = sizeof s};
    zmalloc_get_stats(&s);
    struct zmalloc_sysinfo_memory m = {.struct_size = sizeof m};
    zmalloc_sysinfo_memory(0, ZMALLOC_SYSINFO_RSS | ZMALLOC_SYSINFO_PEAK_RSS, &m);
    const struct zm_ops *ops = zm_running()->ops;
    char digits[ZM_DECIMAL_MAX];
    add(t, "{\"pid\":");
    add(t, zm_decimal(digits, (unsigned long long)getpid()));
    add_number(t, "ppid", (uint64_t)getppid());
    add_string(t, "command", program_invocation_short_name);
    add_string(t, "backend", ops->name);
    add_string(t, "version", ops->version());
    add_number(t, "used_bytes", s.used_bytes);
    add_number(t, "peak_bytes", s.peak_bytes);
    add_number(t, "allocated_bytes", s.allocated_bytes);
    add_number(t, "freed_bytes", s.freed_bytes);
    add_number(t, "allocs", s.allocs);
    add_number(t, "frees", s.frees);
    add_number(t, "inherited_allocated_bytes", inherited.allocated_bytes);
    add_number(t, "inherited_freed_bytes", inherited.freed_bytes);
    add_number(t, "inherited_allocs", inherited.allocs);
    add_number(t, "inherited_frees", inherited.frees);
    if (m.has & ZMALLOC_SYSINFO_RSS)
        add_number(t, "rss_bytes", m.rss);
    if (m.has & ZMALLOC_SYSINFO_PEAK_RSS)
        add_number(t, "vmhwm_bytes", m.peak_rss);
    add(t, "}\n");
}

/* ---- where it goes ---- */

static void expand_target(char *name, size_t size)
{
    char digits[ZM_DECIMAL_MAX];
    size_t length = 0;
    for (const char *s = target; *s; s++) {
        bool pid = s[0] == '%' && s[1] == 'p';
        const char *piece =
            pid ? zm_decimal(digits, (unsigned long long)getpid()) : (char[]){*s, '\0'};
        for (; *piece && length < size - 1; piece++)
            name[length++] = *piece;
        s += pid;
    }
    name[length] = '\0';
}

/* 0 or -errno. */
static int write_all(int fd, const struct text *t)
{
    for (size_t done = 0; done < t->length;) {
        ssize_t n = write(fd, t->bytes + done, t->length - done);
        if (n < 0 && errno != EINTR)
            return -errno;
        done += n > 0 ? (size_t)n : 0;
    }
    return 0;
}

static int write_file(const char *name, const struct text *t)
{
    /* Appended by one write each, the lines of several processes do not mix. */
    int fd = open(name, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    if (fd < 0)
        return -errno;
    int error = write_all(fd, t);
    close(fd);
    return error;
}

/* To what was stderr at the start; a program that has closed all its files may have others there by
 * now, and those are not ours to write to. */
static void write_stderr(const struct text *t)
{
    const int fds[] = {stderr_copy, STDERR_FILENO};
    for (size_t i = 0; i < sizeof fds / sizeof *fds; i++) {
        struct stat now;
        if (fds[i] >= 0 && fstat(fds[i], &now) == 0 && now.st_dev == stderr_then.st_dev &&
            now.st_ino == stderr_then.st_ino) {
            (void)write_all(fds[i], t);
            return;
        }
    }
}

static void report(void)
{
    if (!target[0] || getpid() != reporter || atomic_flag_test_and_set(&reported))
        return;
    struct text t = {.length = 0};
    describe(&t);
    if (strcmp(target, "stderr") == 0) {
        write_stderr(&t);
        return;
    }
    char name[2 * PATH_MAX]; /* what %p makes too long shall fail, not be cut */
    expand_target(name, sizeof name);
    int error = write_file(name, &t);
    if (error) {
        struct text why = {.length = 0};
        add(&why, "zmalloc: " VARIABLE ": can't write ");
        add(&why, name);
        add(&why, ": ");
        add(&why, strerror(-error));
        add(&why, "; the figures follow\n");
        why.bytes[why.length - 1] = '\n'; /* where the name is too long to be told whole */
        write_stderr(&why);
        write_stderr(&t);
    }
}

static void after_fork_in_child(void)
{
    reporter = getpid();
    atomic_flag_clear(&reported);
    inherited.struct_size = sizeof inherited;
    zmalloc_get_stats(&inherited);
}

/* The name is made absolute now: the program may change its directory. */
static void remember_target(void)
{
    const char *wanted = secure_getenv(VARIABLE);
    if (!wanted || !*wanted)
        return;
    size_t length = 0;
    if (strcmp(wanted, "stderr") != 0 && wanted[0] != '/' && getcwd(target, sizeof target - 1)) {
        length = strlen(target);
        target[length++] = '/';
    }
    if (strlen(wanted) >= sizeof target - length) {
        target[0] = '\0';
        zm_complain("zmalloc: " VARIABLE ": the file name is too long", (char *)NULL);
        return;
    }
    strcpy(target + length, wanted);
    if (fstat(STDERR_FILENO, &stderr_then) == 0)
        stderr_copy = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 100); /* out of the program's way */
    reporter = getpid();
    pthread_atfork(NULL, NULL, after_fork_in_child);
}

/* A program may clear its environment before it allocates anything. */
__attribute__((constructor)) static void read_environment(void)
{
    zm_choose();
    remember_target();
}

__attribute__((destructor)) static void report_at_exit(void)
{
    report();
}

/* ---- _exit ---- */

__attribute__((visibility("default"), noreturn)) void _exit(int status)
{
    int saved_errno = errno;
    report();
    errno = saved_errno;
    for (;;)
        syscall(SYS_exit_group, status);
}

__attribute__((visibility("default"), noreturn)) void _Exit(int status)
{
    _exit(status);
}
