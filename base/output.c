/* Reports at exit, written with open and write alone.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "failure.h"

/* ---- text ---- */

void zm_line_add(struct zm_line *t, const char *s)
{
    while (*s && t->length < t->size)
        t->bytes[t->length++] = *s++;
}

void zm_line_decimal(struct zm_line *t, uint64_t value)
{
    char digits[ZM_DECIMAL_MAX];
    zm_line_add(t, zm_decimal(digits, value));
}

void zm_line_hex(struct zm_line *t, uint64_t value)
{
    char digits[17];
    char *p = digits + sizeof digits - 1;
    *p = '\0';
    do {
        *--p = "0123456789abcdef"[value % 16];
        value /= 16;
    } while (value);
    zm_line_add(t, "0x");
    zm_line_add(t, p);
}

void zm_line_number(struct zm_line *t, const char *name, uint64_t value)
{
    zm_line_add(t, ",\"");
    zm_line_add(t, name);
    zm_line_add(t, "\":");
    zm_line_decimal(t, value);
}

void zm_line_string(struct zm_line *t, const char *name, const char *value)
{
    zm_line_add(t, ",\"");
    zm_line_add(t, name);
    zm_line_add(t, "\":\"");
    for (; *value; value++) {
        unsigned char c = (unsigned char)*value;
        /* A program's name may be any bytes; JSON may not. */
        char plain[2] = {c >= 0x20 && c < 0x7f && c != '"' && c != '\\' ? (char)c : '?', '\0'};
        zm_line_add(t, plain);
    }
    zm_line_add(t, "\"");
}

const char *zm_problem(const char *first, ...)
{
    static char bytes[1024];
    struct zm_line t = {bytes, sizeof bytes - 1, 0};
    va_list args;
    va_start(args, first);
    for (const char *s = first; s; s = va_arg(args, const char *))
        zm_line_add(&t, s);
    va_end(args);
    bytes[t.length] = '\0';
    return bytes;
}

int zm_line_write(const struct zm_line *t, int fd)
{
    for (size_t done = 0; done < t->length;) {
        ssize_t n = write(fd, t->bytes + done, t->length - done);
        if (n < 0 && errno != EINTR)
            return -errno;
        done += n > 0 ? (size_t)n : 0;
    }
    return 0;
}

/* ---- where it goes ---- */

static int stderr_copy = -1; /* GNU programs close stderr before destructors run */
static struct stat stderr_then;
static bool stderr_known;

static void remember_stderr(void)
{
    if (stderr_known || fstat(STDERR_FILENO, &stderr_then) != 0)
        return;
    stderr_known = true;
    stderr_copy = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 100); /* out of the program's way */
}

bool zm_output_set(struct zm_output *o, const char *wanted)
{
    size_t length = 0;
    o->target[0] = '\0';
    if (strcmp(wanted, "stderr") != 0 && wanted[0] != '/' &&
        getcwd(o->target, sizeof o->target - 1)) {
        length = strlen(o->target);
        o->target[length++] = '/';
    }
    if (strlen(wanted) >= sizeof o->target - length) {
        o->target[0] = '\0';
        return false;
    }
    strcpy(o->target + length, wanted);
    remember_stderr();
    return true;
}

static void expand(const char *target, struct zm_line *name)
{
    for (const char *s = target; *s; s++) {
        if (s[0] == '%' && s[1] == 'p') {
            zm_line_decimal(name, (uint64_t)getpid());
            s++;
        } else {
            zm_line_add(name, (char[]){*s, '\0'});
        }
    }
}

static int write_file(const char *name, const struct zm_line *t)
{
    /* Appended by one write each, the lines of several processes do not mix. */
    int fd = open(name, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    if (fd < 0)
        return -errno;
    int error = zm_line_write(t, fd);
    close(fd);
    return error;
}

/* To what was stderr at the start; a program that has closed all its files may have others there by
 * now, and those are not ours to write to. */
static void write_stderr(const struct zm_line *t)
{
    const int fds[] = {stderr_copy, STDERR_FILENO};
    for (size_t i = 0; stderr_known && i < sizeof fds / sizeof *fds; i++) {
        struct stat now;
        if (fds[i] >= 0 && fstat(fds[i], &now) == 0 && now.st_dev == stderr_then.st_dev &&
            now.st_ino == stderr_then.st_ino) {
            (void)zm_line_write(t, fds[i]);
            return;
        }
    }
}

void zm_output_write(const struct zm_output *o, const char *variable, const struct zm_line *t)
{
    if (!o->target[0])
        return;
    if (strcmp(o->target, "stderr") == 0) {
        write_stderr(t);
        return;
    }
    char name_bytes[2 * PATH_MAX]; /* what %p makes too long shall fail, not be cut */
    struct zm_line name = {name_bytes, sizeof name_bytes - 1, 0};
    expand(o->target, &name);
    name_bytes[name.length] = '\0';
    int error = write_file(name_bytes, t);
    if (error) {
        char why_bytes[2048];
        struct zm_line why = ZM_LINE(why_bytes);
        zm_line_add(&why, "zmalloc: ");
        zm_line_add(&why, variable);
        zm_line_add(&why, ": can't write ");
        zm_line_add(&why, name_bytes);
        zm_line_add(&why, ": ");
        zm_line_add(&why, strerror(-error));
        zm_line_add(&why, "; the figures follow\n");
        why.bytes[why.length - 1] = '\n'; /* where the name is too long to be told whole */
        write_stderr(&why);
        write_stderr(t);
    }
}
