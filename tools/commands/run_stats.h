/* zmalloc run --stats: the command runs below this process, which looks at it and at what it
 * starts, and tells at the end what each has used, those too that were killed.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TOOLS_COMMANDS_RUN_STATS_H
#define ZM_TOOLS_COMMANDS_RUN_STATS_H

/* Arranges where processes report, by ZMALLOC_STATS: in `file`, whose name %p and %% stand in; with
 * NULL or "stderr" in a folder of ours. Returns 0, or the exit status after printing the reason. */
struct zm_run_stats;
int zm_run_stats_begin(const char *subcommand, const char *file, struct zm_run_stats **out);

/* Runs the command to its end, and tells: a table on stderr, or a line of JSON for each process, on
 * stderr or added to the file for those that did not add it themselves. Returns the command's exit
 * status; where a signal has ended it, this process ends by that, too. */
int zm_run_stats_end(struct zm_run_stats *stats, const char *backend, const char *program,
                     char *const *argv);

#endif
