/* Pairing within blocks.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "finding.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

size_t zm_evidence_blocks(const struct zm_evidence *e)
{
    unsigned last = 0;
    for (size_t i = 0; i < e->count; i++)
        last = e->samples[i].block > last ? e->samples[i].block : last;
    return (size_t)last + 1;
}

void zm_evidence_line_up(const struct zm_evidence *e, size_t row, enum zm_figure figure,
                         double *values, size_t blocks)
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
    size_t blocks = zm_evidence_blocks(e);
    double *base = malloc(3 * blocks * sizeof *base);
    if (!base)
        return -ENOMEM;
    double *values = base + blocks, *kept = values + blocks;
    zm_evidence_line_up(e, e->rows->baseline, figure, base, blocks);
    *noise = 0;
    for (size_t r = 0; r < e->rows->count; r++) {
        zm_evidence_line_up(e, r, figure, values, blocks);
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

int zm_find_pair(const struct zm_evidence *e, size_t a, size_t b, enum zm_figure figure,
                 struct zm_interval *out)
{
    return zm_find_pair_at(e, a, b, figure, 0.95, out);
}

int zm_find_pair_at(const struct zm_evidence *e, size_t a, size_t b, enum zm_figure figure,
                    double level, struct zm_interval *out)
{
    size_t blocks = zm_evidence_blocks(e), n = 0;
    double *of_a = malloc(3 * blocks * sizeof *of_a);
    if (!of_a)
        return -ENOMEM;
    double *of_b = of_a + blocks, *kept = of_b + blocks;
    zm_evidence_line_up(e, a, figure, of_a, blocks);
    zm_evidence_line_up(e, b, figure, of_b, blocks);
    for (size_t i = 0; i < blocks; i++) {
        if (of_a[i] > 0 && of_b[i] > 0)
            kept[n++] = log(of_a[i] / of_b[i]);
    }
    *out = zm_interval_at(kept, n, level, e->seed);
    free(of_a);
    return 0;
}

/* The row's values in a figure that are known, in any order. */
static size_t values_of(const struct zm_evidence *e, size_t row, enum zm_figure figure,
                        double *values)
{
    size_t count = 0;
    for (size_t i = 0; i < e->count; i++) {
        const struct zm_sample *s = &e->samples[i];
        double value = zm_figure_of(s, figure);
        if (s->ok && s->row == &e->rows->all[row] && value >= 0)
            values[count++] = value;
    }
    return count;
}

/* The logarithms of those that are above 0, in their place. */
static size_t logarithms(double *values, size_t count)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        if (values[i] > 0)
            values[kept++] = log(values[i]);
    }
    return kept;
}

int zm_find_between(const struct zm_evidence *before, size_t row_before,
                    const struct zm_evidence *after, size_t row_after, enum zm_figure figure,
                    double noise, double level, struct zm_before_after *out)
{
    double *x = malloc((before->count + after->count + 1) * sizeof *x);
    if (!x)
        return -ENOMEM;
    double *y = x + before->count;
    size_t x_count = values_of(before, row_before, figure, x),
           y_count = values_of(after, row_after, figure, y);
    out->before = zm_spread(x, x_count);
    out->after = zm_spread(y, y_count);
    x_count = logarithms(x, x_count);
    y_count = logarithms(y, y_count);
    out->interval = zm_interval_unpaired(x, x_count, y, y_count, level, after->seed);
    out->difference = zm_interval_tells(&out->interval, noise);
    free(x);
    return 0;
}

bool zm_finding_differs(const struct zm_finding *finding)
{
    return finding->difference == ZM_LOWER || finding->difference == ZM_HIGHER;
}

double zm_widest(const struct zm_rows *rows, const struct zm_finding findings[ZM_ROWS_MAX])
{
    double widest = findings[rows->baseline].spread.count ? 0 : INFINITY;
    for (size_t r = 0; r < rows->count; r++) {
        if (r != rows->baseline && findings[r].spread.count > 0)
            widest = fmax(widest, zm_interval_half(&findings[r].interval));
    }
    return widest;
}
