/* Finding the preload library.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "preload.h"

#include "tools/common/cli.h"
#include "tools/common/own_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int zm_preload_find(const char *subcommand, char path[PATH_MAX])
{
    const char *chosen = getenv("ZMALLOC_PRELOAD");
    if (chosen && *chosen) {
        if (zm_readable(chosen, path))
            return 0;
        zm_error(subcommand, "can't read the preload library '%s' (ZMALLOC_PRELOAD)", chosen);
        return ZM_EXIT_TOOL;
    }
    static const struct zm_own_file library = {
        .what = "the preload library",
        .hint = "set ZMALLOC_PRELOAD",
        .places = {"../api/preload", ZM_LIBDIR_FROM_BINDIR, ZM_LIBDIR},
    };
    return zm_own_file(subcommand, &library, "libzmalloc-preload.so", path);
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
