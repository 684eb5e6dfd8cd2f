/* Temporary directories.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "scratch.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int zm_scratch_make(char path[PATH_MAX])
{
    const char *base = getenv("TMPDIR");
    if (!base || base[0] != '/' || strstr(base, "%p"))
        base = P_tmpdir; /* a command may change directory, and ZMALLOC_STATS replaces %p */
    int n = snprintf(path, PATH_MAX, "%s/zmalloc-XXXXXX", base);
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
