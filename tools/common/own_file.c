/* Where this program's own files are.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "own_file.h"

#include "cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The directory that this program's own file is in. False where the system does not tell. */
static bool own_directory(char path[PATH_MAX])
{
    ssize_t length = readlink("/proc/self/exe", path, PATH_MAX - 1);
    if (length <= 0)
        return false;
    path[length] = '\0';
    *strrchr(path, '/') = '\0';
    return true;
}

bool zm_readable(const char *candidate, char path[PATH_MAX])
{
    return access(candidate, R_OK) == 0 && realpath(candidate, path);
}

int zm_own_file(const char *subcommand, const struct zm_own_file *file, const char *name,
                char path[PATH_MAX])
{
    char own[PATH_MAX];
    char looked[3 * PATH_MAX] = "";
    size_t used = 0;
    bool have_own = own_directory(own);
    for (size_t i = 0; i < sizeof file->places / sizeof *file->places; i++) {
        char candidate[PATH_MAX];
        bool absolute = file->places[i][0] == '/';
        if (!absolute && !have_own)
            continue;
        int n = snprintf(candidate, sizeof candidate, "%s%s%s/%s", absolute ? "" : own,
                         absolute ? "" : "/", file->places[i], name);
        if (n < 0 || (size_t)n >= sizeof candidate)
            continue;
        if (zm_readable(candidate, path))
            return 0;
        used += (size_t)snprintf(looked + used, sizeof looked - used, " %s", candidate);
    }
    zm_error(subcommand, "can't find %s; %s; looked for:%s", file->what, file->hint, looked);
    return ZM_EXIT_TOOL;
}
