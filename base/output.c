/* SPDX-License-Identifier: BSD-3-Clause */
#include "output.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "quiet.h"

/* ---- stderr ----
 *
 * GNU programs close stderr before they exit, so a copy is kept for the report. But whoever reads
 * from a pipe waits until all who could write to it are gone; daemons are processes that have been
 * forked, and close what they have. So a forked process has no copy. It keeps the place in the file
 * system (pipes have one too), which nobody waits for, and opens that again. */

static struct zm_kept stderr_itself; /* the program's descriptor 2 */
static struct zm_kept stderr_copy;
static struct zm_kept stderr_place;

static void remember_stderr(void)
{
    if (!stderr_itself.held)
        zm_keep_in_mind(&stderr_itself, STDERR_FILENO);
}

static void hold_stderr(void)
{
    if (!stderr_itself.held || stderr_copy.held)
        return;
    zm_keep(&stderr_copy, fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0));
#if defined(__linux__) && defined(O_PATH)
    zm_keep(&stderr_place, open("/proc/self/fd/2", O_PATH | O_CLOEXEC));
#endif
}

/* -1 if nobody reads it any more. */
static int open_stderr_again(void)
{
    struct stat st;
    int place = zm_kept_fd(&stderr_place, &st);
    if (place < 0 || !zm_may_open())
        return -1;
    char path[32];
    struct zm_line t = {path, sizeof path - 1, 0};
    zm_line_add(&t, "/proc/self/fd/");
    zm_line_decimal(&t, (uint64_t)place);
    path[t.length] = '\0';
    return open(path, O_WRONLY | O_APPEND | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
}

/* To what was stderr at the start; what the program has there by now is not ours to write to. */
static void write_stderr(const struct zm_line *t)
{
    struct stat st;
    int fd = zm_kept_fd(&stderr_itself, &st);
    if (fd < 0)
        fd = zm_kept_fd(&stderr_copy, &st);
    int again = fd < 0 ? open_stderr_again() : -1;
    (void)zm_write_quietly(fd < 0 ? again : fd, t->bytes, t->length);
    if (again >= 0)
        close(again);
}

/* ---- the file ---- */

/* No link that somebody has laid where a privileged program will write; no FIFO that lets it wait
 * for a reader; no terminal that becomes its own. */
static int open_file(const char *name)
{
    int fd = open(
        name, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0600);
    return fd < 0 ? -errno : fd;
}

static void expand(struct zm_output *o)
{
    struct zm_line name = {o->name, sizeof o->name - 1, 0};
    for (const char *s = o->target; *s; s++) {
        if (s[0] == '%' && s[1] == 'p') {
            zm_line_decimal(&name, (uint64_t)getpid());
            s++;
            continue;
        }
        s += s[0] == '%' && s[1] == '%';
        zm_line_add(&name, (char[]){*s, '\0'});
    }
    o->name[name.length] = '\0';
}

/* The directory of the start, in which a % is just that. */
static void add_directory(struct zm_output *o, struct zm_line *target)
{
    if (!getcwd(o->name, sizeof o->name))
        return;
    for (const char *s = o->name; *s; s++)
        zm_line_add(target, *s == '%' ? "%%" : (char[]){*s, '\0'});
    zm_line_add(target, "/");
}

static bool is_stderr(const char *wanted)
{
    return strcmp(wanted, "stderr") == 0 || strcmp(wanted, "/dev/stderr") == 0;
}

static bool set_target(struct zm_output *o, const char *wanted)
{
    struct zm_line target = {o->target, sizeof o->target, 0};
    if (is_stderr(wanted))
        wanted = "stderr";
    else if (wanted[0] != '/')
        add_directory(o, &target);
    zm_line_add(&target, wanted);
    bool fits = zm_line_has_room(&target);
    o->target[fits ? target.length : 0] = '\0';
    return fits;
}

bool zm_output_open(struct zm_output *o, const char *wanted)
{
    remember_stderr();
    if (!set_target(o, wanted))
        return false;
    expand(o);
    if (!is_stderr(o->target))
        zm_keep(&o->file, open_file(o->name));
    if (!o->file.held)
        hold_stderr();
    return true;
}

static bool is_of_one_process(const char *target)
{
    for (const char *s = target; *s; s++) {
        if (s[0] == '%' && s[1] == 'p')
            return true;
        s += s[0] == '%' && s[1] == '%';
    }
    return false;
}

void zm_output_after_fork(struct zm_output *o)
{
    zm_let_go(&stderr_copy);
    if (!is_of_one_process(o->target) || !zm_may_open())
        return;
    expand(o);
    int fd = open_file(o->name);
    if (fd < 0)
        return;
    zm_let_go(&o->file);
    zm_keep(&o->file, fd);
}

/* Opened again, where the program has closed it or somebody removed it. */
static int write_file(const struct zm_output *o, const struct zm_line *t)
{
    struct stat st;
    int fd = zm_kept_fd(&o->file, &st);
    if (fd >= 0 && st.st_nlink > 0)
        return zm_write_quietly(fd, t->bytes, t->length);
    if (!zm_may_open())
        return -EBADF;
    fd = open_file(o->name);
    if (fd < 0)
        return fd;
    int error = zm_write_quietly(fd, t->bytes, t->length);
    close(fd);
    return error;
}

/* ---- either ---- */

/* glibc's strerror translates, and may allocate for it. */
#ifdef __GLIBC__
#    if __GLIBC_PREREQ(2, 32)
#        define strerror strerrordesc_np
#    endif
#endif

static const char *words_of(int error)
{
    if (error == ELOOP)
        return "it is a symbolic link";
    return error == ENXIO ? "nobody reads from it" : strerror(error);
}

static void complain(struct zm_output *o, const char *variable, int error, const char *rest)
{
    struct zm_line why = ZM_LINE(o->why);
    zm_line_add(&why, "zmalloc: ");
    zm_line_add(&why, variable);
    zm_line_add(&why, ": can't write ");
    zm_line_add(&why, o->name);
    zm_line_add(&why, ": ");
    zm_line_add(&why, words_of(error));
    zm_line_add(&why, rest);
    zm_line_add(&why, "\n");
    why.bytes[why.length - 1] = '\n'; /* where the name is too long to be told whole */
    write_stderr(&why);
}

void zm_output_write(struct zm_output *o, const char *variable, const struct zm_line *t)
{
    if (!o->target[0])
        return;
    if (!zm_line_has_room(t)) {
        complain(o, variable, EMSGSIZE, "");
        return;
    }
    if (is_stderr(o->target)) {
        write_stderr(t);
        return;
    }
    int error = write_file(o, t);
    if (error) {
        complain(o, variable, -error, "; the figures follow");
        write_stderr(t);
    }
}
