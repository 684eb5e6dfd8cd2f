/* Finding the preload library.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "preload.h"

#include "cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LIBRARY "libzmalloc-preload.so"

/* The directory of this program's own file; false where the system doesn't tell. */
static bool own_directory(char path[PATH_MAX])
{
    ssize_t length = readlink("/proc/self/exe", path, PATH_MAX - 1);
    if (length <= 0)
        return false;
    path[length] = '\0';
    *strrchr(path, '/') = '\0';
    return true;
}

/* An absolute path without "..": commands may change directory, and people read it. */
static bool usable(const char *candidate, char path[PATH_MAX])
{
    return access(candidate, R_OK) == 0 && realpath(candidate, path);
}

int zm_preload_find(const char *subcommand, char path[PATH_MAX])
{
    const char *chosen = getenv("ZMALLOC_PRELOAD");
    if (chosen && *chosen) {
        if (usable(chosen, path))
            return 0;
        zm_error(subcommand, "can't read the preload library '%s' (ZMALLOC_PRELOAD)", chosen);
        return ZM_EXIT_TOOL;
    }

    static const char *const places[] = {"../preload", ZM_LIBDIR_FROM_BINDIR, ZM_LIBDIR};
    char own[PATH_MAX];
    char looked[3 * PATH_MAX] = "";
    size_t used = 0;
    bool have_own = own_directory(own);
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        char candidate[PATH_MAX];
        bool absolute = places[i][0] == '/';
        if (!absolute && !have_own)
            continue;
        int n = snprintf(candidate, sizeof candidate, "%s%s%s/%s", absolute ? "" : own,
                         absolute ? "" : "/", places[i], LIBRARY);
        if (n < 0 || (size_t)n >= sizeof candidate)
            continue;
        if (usable(candidate, path))
            return 0;
        used += (size_t)snprintf(looked + used, sizeof looked - used, " %s", candidate);
    }
    zm_error(subcommand, "can't find the preload library; set ZMALLOC_PRELOAD; looked for:%s",
             looked);
    return ZM_EXIT_TOOL;
}

int zm_preload_apply(const char *subcommand, const char *path)
{
    if (strpbrk(path, " :")) {
        zm_error(subcommand, "LD_PRELOAD can't name '%s': it holds a space or a colon", path);
        return ZM_EXIT_TOOL;
    }
    const char *others = getenv("LD_PRELOAD");
    bool more = others && *others;
    size_t size = strlen(path) + (more ? strlen(others) : 0) + 2;
    char *value = malloc(size);
    if (value) {
        snprintf(value, size, "%s%s%s", path, more ? ":" : "", more ? others : "");
        if (setenv("LD_PRELOAD", value, 1) == 0) {
            free(value);
            return 0;
        }
        free(value);
    }
    zm_error(subcommand, "out of memory");
    return ZM_EXIT_TOOL;
}
