/* How far a comparison has come, on stderr: one changing line on a terminal, else a line for each
 * sample.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TOOLS_MEASURING_PROGRESS_H
#define ZM_TOOLS_MEASURING_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>

#include "tools/samples/sample.h"

struct zm_progress {
    bool terminal;
    unsigned blocks; /* 0: as many as it takes */
    size_t rows, done;
    double until;      /* on zm_now's clock; 0: no limit */
    double spent_s;    /* on the samples that are done */
    double expected_s; /* on each, as long as none is done */
};

void zm_progress_begin(struct zm_progress *progress, unsigned blocks, size_t rows, double until,
                       double expected_s);
/* Before run `number` of `of_rows` in its block. */
void zm_progress_before(const struct zm_progress *progress, const char *row, unsigned block,
                        size_t number, size_t of_rows);
void zm_progress_after(struct zm_progress *progress, const struct zm_sample *sample,
                       double spent_s);

/* Removes the line from the terminal, before something else is printed. */
void zm_progress_clear(const struct zm_progress *progress);

#endif
