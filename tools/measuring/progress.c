/* Progress on stderr.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "progress.h"

#include "tools/common/clock.h"
#include "tools/common/printable.h"
#include "tools/common/width.h"

#include <stdio.h>
#include <unistd.h>

#define WIDTH 79 /* of the line, which is overwritten and not cleared by an escape sequence */

void zm_progress_begin(struct zm_progress *progress, unsigned blocks, size_t rows, double until,
                       double expected_s)
{
    *progress = (struct zm_progress){.terminal = isatty(STDERR_FILENO),
                                     .blocks = blocks,
                                     .rows = rows,
                                     .until = until,
                                     .expected_s = expected_s};
}

/* Seconds until the end: "ETA" if it is known how many runs there will be, else "at most", for the
 * time that was given. */
static double left(const struct zm_progress *progress, const char **how)
{
    double each =
        progress->done ? progress->spent_s / (double)progress->done : progress->expected_s;
    double time = progress->until > 0 ? progress->until - zm_now() : -1;
    double work =
        each * ((double)progress->blocks * (double)progress->rows - (double)progress->done);
    bool known = progress->blocks > 0 && (time < 0 || work < time);
    *how = known ? "ETA" : "at most";
    double found = known ? work : time;
    return found > 0 ? found : 0;
}

void zm_progress_before(const struct zm_progress *progress, const char *row, unsigned block,
                        size_t number, size_t of_rows)
{
    if (!progress->terminal)
        return;
    const char *how;
    long seconds = (long)(left(progress, &how) + 0.5);
    char line[WIDTH + 1], label[ZM_LABEL_SHOWN], of[16] = "";
    if (progress->blocks)
        snprintf(of, sizeof of, " of %u", progress->blocks);
    snprintf(line, sizeof line, "block %u%s  run %zu of %zu  %s %ld:%02ld  %s", block, of, number,
             of_rows, how, seconds / 60, seconds % 60, zm_printable(row, label, sizeof label));
    fprintf(stderr, "\r%s%*s", line, zm_padding(line, WIDTH), "");
}

void zm_progress_clear(const struct zm_progress *progress)
{
    if (progress->terminal)
        fprintf(stderr, "\r%*s\r", WIDTH, "");
}

/* A server that never listened has no wall time, for the load was not run. */
static void put_seconds(const char *what, double seconds)
{
    if (seconds >= 0)
        fprintf(stderr, "  %s %.3f s", what, seconds);
}

void zm_progress_after(struct zm_progress *progress, const struct zm_sample *sample, double spent_s)
{
    progress->done++;
    progress->spent_s += spent_s;
    if (progress->terminal)
        return;
    char label[ZM_LABEL_SHOWN], of[16] = "";
    if (progress->blocks)
        snprintf(of, sizeof of, " of %u", progress->blocks);
    zm_printable(sample->row->label, label, sizeof label);
    fprintf(stderr, "block %u%s  %s%*s", sample->block, of, label, zm_padding(label, ZM_LABEL_MAX),
            "");
    put_seconds("wall", sample->values[ZM_WALL]);
    put_seconds("CPU", zm_figure_of(sample, ZM_CPU));
    zm_put_between(stderr, sample->ok ? "" : "  failed: ", sample->reason, "\n");
}
