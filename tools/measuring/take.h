/* Taking a sample, and the steps of it for those who take it in another way.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TOOLS_MEASURING_TAKE_H
#define ZM_TOOLS_MEASURING_TAKE_H

#include <limits.h>

#include "tools/live/tree.h"
#include "tools/process/account.h"
#include "tools/process/child.h"
#include "tools/samples/sample.h"
#include "workload.h"

/* Runs the workload as `row` says, under the preload library if that was applied (preload.h). The
 * program may report figures of its own (see figure.h) as one JSON object in the file that
 * ZMALLOC_RESULT names; they take the place of those that are seen from outside. Returns 0 and a
 * sample, ok or not, or -errno if the sample's temporary directory cannot be made. */
int zm_sample_take(const struct zm_workload *workload, const struct zm_row *row, unsigned block,
                   struct zm_sample *out);

/* The files that a sample's processes write. */
struct zm_sample_files {
    char directory[PATH_MAX], accounts[PATH_MAX], self_report[PATH_MAX], complaint[PATH_MAX];
};

/* Makes the directory, which zm_scratch_remove removes, and names the files. 0, or -errno. */
int zm_sample_files_make(struct zm_sample_files *files);

/* This process's environment with what the row and the files need, and a variable and its value
 * more if `more` is not NULL, for zm_child_environment_free. NULL: out of memory. */
char **zm_sample_environment(const struct zm_row *row, const struct zm_sample_files *files,
                             const char *const more[2]);

/* Fills in the figures that are seen from outside, and those of the processes' accounts. */
void zm_sample_fill_in(const struct zm_child_end *end, const struct zm_accounts *accounts,
                       const struct zm_tree *tree, struct zm_sample *out);

/* Notes whether the program has an allocator of its own. */
void zm_sample_find_own_allocator(const struct zm_accounts *accounts, char *const *argv,
                                  char *const *environment, struct zm_sample *out);

/* Sets either `ok` or the reason. `damage` is what is wrong with the self-report, or NULL;
 * `silence` why there is no account, if there is none. */
void zm_sample_judge(const struct zm_child_end *end, const struct zm_accounts *accounts,
                     const char *damage, const char *silence, double timeout,
                     struct zm_sample *out);

/* NULL if the account of this process, or of what it became by exec, is known; else why not. What
 * its children tell is not its own: a shell's are those of the program that it becomes. */
const char *zm_sample_silence(const struct zm_sample_files *files, const struct zm_tree *tree,
                              pid_t pid);

/* Why a process that did not report may not have. */
#define ZM_SILENT "static, killed, or it drops LD_PRELOAD or ZMALLOC_*"

/* Copies the last lines of the file, unescaped. */
void zm_sample_complaint(const char *path, char *out, size_t size);

#endif
