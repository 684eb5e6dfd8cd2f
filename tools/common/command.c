/* Looking up a command in PATH.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "command.h"

#include "cli.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int examine(const char *path)
{
    struct stat st;
    if (stat(path, &st) != 0)
        return errno == EACCES ? ZM_EXIT_NOT_EXECUTABLE : ZM_EXIT_NOT_FOUND;
    if (!S_ISREG(st.st_mode) || access(path, X_OK) != 0)
        return ZM_EXIT_NOT_EXECUTABLE;
    return 0;
}

int zm_command_look_up(const char *name, char path[PATH_MAX])
{
    if (strchr(name, '/')) {
        if (strlen(name) >= PATH_MAX)
            return ZM_EXIT_NOT_FOUND;
        strcpy(path, name);
        return examine(path);
    }
    if (!*name)
        return ZM_EXIT_NOT_FOUND;

    const char *dirs = getenv("PATH");
    int found = ZM_EXIT_NOT_FOUND;
    for (const char *dir = dirs ? dirs : "/usr/bin:/bin";; dir++) {
        size_t length = strcspn(dir, ":");
        int n = snprintf(path, PATH_MAX, "%.*s%s%s", (int)length, dir, length ? "/" : "./", name);
        if (n > 0 && n < PATH_MAX) {
            int status = examine(path);
            if (status == 0)
                return 0;
            if (status == ZM_EXIT_NOT_EXECUTABLE)
                found = status;
        }
        dir += length;
        if (!*dir)
            return found;
    }
}

int zm_command_find(const char *subcommand, const char *name, char path[PATH_MAX])
{
    int status = zm_command_look_up(name, path);
    if (status == ZM_EXIT_NOT_FOUND)
        zm_error(subcommand, "command not found: %s", name);
    else if (status == ZM_EXIT_NOT_EXECUTABLE)
        zm_error(subcommand, "can't execute: %s", name);
    return status;
}

int zm_command_refused(const char *subcommand, const char *name, int error)
{
    if (error == ENOEXEC)
        zm_error(subcommand, "can't execute: %s: no program, and no script that starts with #!",
                 name);
    else
        zm_error(subcommand, "can't execute: %s: %s", name, strerror(error));
    return error == ENOENT ? ZM_EXIT_NOT_FOUND : ZM_EXIT_NOT_EXECUTABLE;
}
