/* Pairing within blocks.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "finding.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

static unsigned last_block(const struct zm_evidence *e)
{
    unsigned last = 0;
    for (size_t i = 0; i < e->count; i++)
        last = e->samples[i].block > last ? e->samples[i].block : last;
    return last;
}

/* The row's values in the order of their blocks; negative where a block has none. */
static void line_up(const struct zm_evidence *e, size_t row, enum zm_figure figure, double *values,
                    size_t blocks)
{
    for (size_t b = 0; b < blocks; b++)
        values[b] = -1;
    for (size_t i = 0; i < e->count; i++) {
        const struct zm_sample *s = &e->samples[i];
        if (s->ok && s->row == &e->rows->all[row])
            values[s->block] = zm_figure_of(s, figure);
    }
}

int zm_find(const struct zm_evidence *e, enum zm_figure figure, struct zm_finding out[ZM_ROWS_MAX],
            double *noise)
{
    size_t blocks = (size_t)last_block(e) + 1;
    double *base = malloc(3 * blocks * sizeof *base);
    if (!base)
        return -ENOMEM;
    double *values = base + blocks, *kept = values + blocks;
    line_up(e, e->rows->baseline, figure, base, blocks);
    *noise = 0;
    for (size_t r = 0; r < e->rows->count; r++) {
        line_up(e, r, figure, values, blocks);
        size_t n = 0;
        for (size_t b = 0; b < blocks; b++) {
            if (values[b] > 0 && base[b] > 0)
                kept[n++] = log(values[b] / base[b]);
        }
        out[r].interval = zm_interval_of(kept, n, e->seed);
        if (e->rows->all[r].control)
            *noise = zm_interval_far(&out[r].interval);
        n = 0;
        for (size_t b = 0; b < blocks; b++) {
            if (values[b] >= 0)
                kept[n++] = values[b];
        }
        out[r].spread = zm_spread(kept, n);
    }
    free(base);
    for (size_t r = 0; r < e->rows->count; r++)
        out[r].difference =
            zm_interval_tells(&out[r].interval, e->rows->all[r].control ? 0 : *noise);
    return 0;
}

bool zm_finding_differs(const struct zm_finding *finding)
{
    return finding->difference == ZM_LOWER || finding->difference == ZM_HIGHER;
}

double zm_widest(const struct zm_rows *rows, const struct zm_finding findings[ZM_ROWS_MAX])
{
    double widest = 0;
    for (size_t r = 0; r < rows->count; r++) {
        if (r != rows->baseline && findings[r].spread.count > 0)
            widest = fmax(widest, zm_interval_half(&findings[r].interval));
    }
    return widest;
}
