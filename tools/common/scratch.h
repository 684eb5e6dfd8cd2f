/* Temporary directories, for files that are only needed for a while.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TOOLS_COMMON_SCRATCH_H
#define ZM_TOOLS_COMMON_SCRATCH_H

#include <limits.h>

/* Whether one can be made. Returns 0, or the exit status after printing where not, and why. */
int zm_scratch_check(const char *subcommand);

/* Makes a directory in TMPDIR. File names of up to 15 characters fit behind it. 0, or -errno. */
int zm_scratch_make(char path[PATH_MAX]);

/* Removes the directory and the files in it. */
void zm_scratch_remove(const char *path);

#endif
