/* The name's places, and what was written since the start.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "run_file.h"

#include "run_table.h"
#include "tools/common/cli.h"
#include "tools/process/account.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* `format` with %p as a process's number, and %% as %. */
static bool name_of(const char *format, long pid, char path[PATH_MAX])
{
    size_t used = 0;
    for (const char *s = format; *s; s++) {
        int n;
        if (s[0] == '%' && s[1] == 'p') {
            n = snprintf(path + used, PATH_MAX - used, "%ld", pid);
            s++;
        } else {
            s += s[0] == '%' && s[1] == '%';
            n = snprintf(path + used, PATH_MAX - used, "%c", *s);
        }
        used += (size_t)n;
        if (used >= PATH_MAX)
            return false;
    }
    return used > 0;
}

/* Tries out what the preload library will do, which can complain only at exit: it follows no link,
 * and waits for no reader. */
static int check_writable(const char *subcommand, const char *format)
{
    char path[PATH_MAX];
    int fd = -1;
    errno = ENAMETOOLONG;
    if (name_of(format, (long)getpid(), path)) {
        fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        if (fd >= 0)
            unlink(path);
        else if (errno == EEXIST)
            fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
    }
    if (fd < 0) {
        zm_error(subcommand, "can't write the statistics file '%s': %s", format,
                 errno == ELOOP   ? "it is a symbolic link"
                 : errno == ENXIO ? "nobody reads from it"
                                  : strerror(errno));
        return ZM_EXIT_TOOL;
    }
    close(fd);
    return 0;
}

/* The command may change directory. In the name of this one a % is just that. */
static bool make_absolute(const char *file, char absolute[PATH_MAX])
{
    char cwd[PATH_MAX];
    size_t used = 0;
    if (file[0] == '/')
        return snprintf(absolute, PATH_MAX, "%s", file) < PATH_MAX;
    if (!getcwd(cwd, sizeof cwd))
        return false;
    for (const char *s = cwd; *s && used < PATH_MAX - 2; s++) {
        absolute[used++] = *s;
        if (*s == '%')
            absolute[used++] = *s;
    }
    int n = snprintf(absolute + used, PATH_MAX - used, "/%s", file);
    return n > 0 && (size_t)n < PATH_MAX - used;
}

int zm_run_file_choose(const char *subcommand, const char *name, struct zm_run_file *out)
{
    int status = check_writable(subcommand, name);
    struct stat before;
    if (status == 0 && !make_absolute(name, out->name)) {
        zm_error(subcommand, "can't make the path '%s' absolute", name);
        status = ZM_EXIT_TOOL;
    }
    if (status == 0)
        out->size = stat(out->name, &before) == 0 ? before.st_size : 0;
    return status;
}

/* ---- what is missing ---- */

/* Of a pipe nobody knows what has been written into it, and to look would take it away. */
static bool is_regular(const char *path)
{
    struct stat file;
    return stat(path, &file) == 0 ? S_ISREG(file.st_mode) : errno == ENOENT;
}

/* Marks those that have added a line since the start. */
static void find_reports(const char *path, off_t from, const struct zm_tree *tree)
{
    char *line = NULL;
    size_t size = 0;
    ssize_t length;
    struct zm_account one;
    FILE *file = is_regular(path) ? fopen(path, "re") : NULL;
    if (file)
        fseeko(file, from, SEEK_SET);
    while (file && (length = getline(&line, &size, file)) > 0) {
        struct zm_looked_at *told =
            zm_account_parse(line, (size_t)length, &one) ? NULL : zm_tree_find(tree, one.pid);
        if (told)
            told->reported = true;
    }
    free(line);
    if (file)
        fclose(file);
}

static int add_line(const char *path, const struct zm_looked_at *process)
{
    int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY, 0600);
    FILE *file = fd < 0 ? NULL : fdopen(fd, "a");
    int status = file ? zm_run_line(process, file) : -errno;
    if (file && fclose(file) != 0 && status == 0)
        status = -errno;
    return status;
}

int zm_run_file_complete(const struct zm_run_file *file, struct zm_tree *tree)
{
    char path[PATH_MAX];
    int status = 0;
    bool each = strstr(file->name, "%p") != NULL;
    for (size_t i = 0; i < tree->count && (each || i == 0); i++) {
        if (name_of(file->name, (long)tree->all[i]->pid, path))
            find_reports(path, each ? 0 : file->size, tree);
    }
    for (size_t i = 0; i < tree->count && status == 0; i++) {
        const struct zm_looked_at *process = tree->all[i];
        if (!process->reported && !zm_look_doubt(process) &&
            name_of(file->name, (long)process->pid, path) && is_regular(path))
            status = add_line(path, process);
    }
    return status;
}
