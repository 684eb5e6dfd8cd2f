/* The steps of taking a sample, for those that take it in another way than zm_sample_take.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TOOLS_MEASURING_SAMPLE_PARTS_H
#define ZM_TOOLS_MEASURING_SAMPLE_PARTS_H

#include <limits.h>

#include "tools/process/account.h"
#include "tools/process/child.h"
#include "tools/samples/sample.h"

/* What a sample's processes write. */
struct zm_files {
    char directory[PATH_MAX], accounts[PATH_MAX], result[PATH_MAX], complaint[PATH_MAX];
};

/* Makes the directory; zm_scratch_remove removes it. 0, or -errno. */
int zm_files_make(struct zm_files *files);

/* This process's environment with what the row and the files say. NULL: out of memory. */
char **zm_sample_environment(const struct zm_row *row, const struct zm_files *files);

/* The figures that are seen from outside, and those of the processes' own accounts. */
void zm_sample_fill_in(const struct zm_child_end *end, const struct zm_accounts *accounts,
                       struct zm_sample *out);

/* Sets `ok`, or the reason. `damage`: what is wrong with the result file, or NULL. */
void zm_sample_judge(const struct zm_child_end *end, const struct zm_accounts *accounts,
                     const char *damage, double timeout, struct zm_sample *out);

/* The last lines of a file, unprintable bytes replaced: they go to a terminal. */
void zm_sample_complaint(const char *path, char *out, size_t size);

#endif
