/* Temporary directories.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "scratch.h"

#include "cli.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A command may change directory, and ZMALLOC_STATS replaces %p. */
static const char *base_directory(void)
{
    const char *base = getenv("TMPDIR");
    return !base || base[0] != '/' || strstr(base, "%p") ? P_tmpdir : base;
}

int zm_scratch_check(const char *subcommand)
{
    char path[PATH_MAX];
    int error = zm_scratch_make(path);
    if (error) {
        const char *given = getenv("TMPDIR"), *base = base_directory();
        zm_error(subcommand, "can't make a directory in %s'%s': %s",
                 given && strcmp(given, base) == 0 ? "TMPDIR, " : "", base, strerror(-error));
        return ZM_EXIT_TOOL;
    }
    zm_scratch_remove(path);
    return 0;
}

int zm_scratch_make(char path[PATH_MAX])
{
    int n = snprintf(path, PATH_MAX, "%s/zmalloc-XXXXXX", base_directory());
    if (n < 0 || n >= PATH_MAX - 16)
        return -ENAMETOOLONG;
    return mkdtemp(path) ? 0 : -errno;
}

void zm_scratch_remove(const char *path)
{
    DIR *dir = opendir(path);
    if (dir) {
        for (struct dirent *entry; (entry = readdir(dir));)
            unlinkat(dirfd(dir), entry->d_name, 0);
        closedir(dir);
    }
    rmdir(path);
}
