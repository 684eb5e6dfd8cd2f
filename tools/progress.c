/* Progress on stderr.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "progress.h"

#include <stdio.h>
#include <unistd.h>

#define WIDTH 79 /* no escape sequences: the line is overwritten */

void zm_progress_begin(struct zm_progress *progress, unsigned blocks, size_t total,
                       double expected_s)
{
    *progress = (struct zm_progress){.terminal = isatty(STDERR_FILENO),
                                     .blocks = blocks,
                                     .total = total,
                                     .expected_s = expected_s};
}

void zm_progress_before(const struct zm_progress *progress, const char *backend, unsigned block)
{
    if (!progress->terminal)
        return;
    double each =
        progress->done ? progress->spent_s / (double)progress->done : progress->expected_s;
    long left = (long)(each * (double)(progress->total - progress->done) + 0.5);
    char line[WIDTH + 1];
    snprintf(line, sizeof line, "block %u of %u  sample %zu of %zu  ETA %ld:%02ld  %s", block,
             progress->blocks, progress->done + 1, progress->total, left / 60, left % 60, backend);
    fprintf(stderr, "\r%-*s", WIDTH, line);
}

void zm_progress_clear(const struct zm_progress *progress)
{
    if (progress->terminal)
        fprintf(stderr, "\r%*s\r", WIDTH, "");
}

void zm_progress_after(struct zm_progress *progress, const struct zm_sample *sample, double spent_s)
{
    progress->done++;
    progress->spent_s += spent_s;
    if (!progress->terminal)
        fprintf(stderr, "block %u of %u  %-16s  wall %.3f s  CPU %.3f s%s%s\n", sample->block,
                progress->blocks, sample->backend, sample->wall_s, sample->user_s + sample->sys_s,
                sample->ok ? "" : "  failed: ", sample->reason);
}
