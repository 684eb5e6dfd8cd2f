/* Taking a sample: as a whole, and its steps for those that take it in another way.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TOOLS_MEASURING_TAKE_H
#define ZM_TOOLS_MEASURING_TAKE_H

#include <limits.h>

#include "tools/process/account.h"
#include "tools/process/child.h"
#include "tools/samples/sample.h"
#include "workload.h"

/* Runs the workload as `row` says; the preload library has been applied (preload.h). The program
 * may report figures of its own (operations, latencies: see figure.h) as one JSON object in the
 * file that ZMALLOC_RESULT names; they stand before those seen from outside. Returns 0 and a
 * sample, ok or not; or -errno where the sample's temporary directory can't be made. */
int zm_sample_take(const struct zm_workload *workload, const struct zm_row *row, unsigned block,
                   struct zm_sample *out);

/* What a sample's processes write. */
struct zm_sample_files {
    char directory[PATH_MAX], accounts[PATH_MAX], self_report[PATH_MAX], complaint[PATH_MAX];
};

/* Makes the directory; zm_scratch_remove removes it. 0, or -errno. */
int zm_sample_files_make(struct zm_sample_files *files);

/* This process's environment with what the row and the files say. NULL: out of memory. */
char **zm_sample_environment(const struct zm_row *row, const struct zm_sample_files *files);

/* The figures that are seen from outside, and those of the processes' own accounts. */
void zm_sample_fill_in(const struct zm_child_end *end, const struct zm_accounts *accounts,
                       struct zm_sample *out);

/* Sets `ok`, or the reason. `damage`: what is wrong with the self-report, or NULL. */
void zm_sample_judge(const struct zm_child_end *end, const struct zm_accounts *accounts,
                     const char *damage, double timeout, struct zm_sample *out);

/* The last lines of the file, as they are. */
void zm_sample_complaint(const char *path, char *out, size_t size);

#endif
