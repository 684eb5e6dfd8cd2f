/* Comparing days.
 *
 * The blocks of two comparisons have nothing to do with each other, so the intervals are those of
 * two groups of runs, and a machine that was busier on one day shifts all of them. What shows that
 * is libc, if it is the same version in both: what it changed by is the least that is told.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "before_after.h"

#include "change.h"
#include "tools/common/printable.h"
#include "tools/common/table.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define LEVEL 0.95

static const enum zm_figure figures[] = {ZM_WALL, ZM_PEAK_MEMORY};
enum { FIGURES = sizeof figures / sizeof *figures };

struct pair {
    size_t before, after; /* rows */
    struct zm_before_after of[FIGURES];
};

/* The same label in the other one; ZM_ROWS_MAX if it has none. */
static size_t counterpart(const struct zm_rows *rows, const struct zm_row *row)
{
    for (size_t r = 0; r < rows->count; r++) {
        if (strcmp(rows->all[r].label, row->label) == 0 && !rows->all[r].control)
            return r;
    }
    return ZM_ROWS_MAX;
}

static bool is_unchanged(const struct zm_row *before, const struct zm_row *after)
{
    bool plain =
        !(before->settings && before->settings[0]) && !(after->settings && after->settings[0]);
    return plain && strcmp(before->backend, after->backend) == 0 && *before->version &&
           strcmp(before->version, after->version) == 0;
}

/* By how much the baseline changed in each figure though it is the same; 0 where it is another. */
static int find_noise(const struct zm_evidence *before, const struct zm_evidence *after,
                      double noise[FIGURES])
{
    size_t now = after->rows->baseline, then = counterpart(before->rows, &after->rows->all[now]);
    memset(noise, 0, FIGURES * sizeof *noise);
    if (then == ZM_ROWS_MAX || !is_unchanged(&before->rows->all[then], &after->rows->all[now]))
        return 0;
    for (size_t f = 0; f < FIGURES; f++) {
        struct zm_before_after base;
        if (zm_find_between(before, then, after, now, figures[f], 0, LEVEL, &base) != 0)
            return -ENOMEM;
        noise[f] = zm_interval_far(&base.interval);
    }
    return 0;
}

/* Finds the pairs, and what became of each. 0, or -ENOMEM. */
static int find(const struct zm_evidence *before, const struct zm_evidence *after, double *noise,
                struct pair *pairs, size_t *count)
{
    int status = find_noise(before, after, noise);
    for (size_t r = 0; r < after->rows->count && status == 0; r++) {
        struct pair *pair = &pairs[*count];
        pair->after = r;
        pair->before = counterpart(before->rows, &after->rows->all[r]);
        if (after->rows->all[r].control || pair->before == ZM_ROWS_MAX)
            continue;
        bool base = r == after->rows->baseline;
        for (size_t f = 0; f < FIGURES && status == 0; f++)
            status = zm_find_between(before, pair->before, after, r, figures[f],
                                     base ? 0 : noise[f], LEVEL, &pair->of[f]);
        *count += status == 0;
    }
    return status;
}

static struct zm_scale scale_of(const struct pair *pairs, size_t count, size_t f)
{
    double largest = 0;
    for (size_t i = 0; i < count; i++)
        largest = fmax(largest, fmax(pairs[i].of[f].before.median, pairs[i].of[f].after.median));
    return zm_scale_for(zm_figure_info(figures[f])->quantity, largest);
}

static void add_value(struct zm_table *table, const struct zm_scale *scale,
                      const struct zm_spread *spread)
{
    char text[48];
    zm_table_cell(table, "%s",
                  spread->count ? zm_scaled(scale, spread->median, text, sizeof text) : "-");
}

static int print_table(const struct zm_rows *rows, const struct pair *pairs, size_t count,
                       FILE *out, bool colour)
{
    struct zm_table *table = zm_table_new("lrrrrrr");
    struct zm_scale scales[FIGURES];
    if (!table)
        return -ENOMEM;
    zm_table_cell(table, "%s", "");
    for (size_t f = 0; f < FIGURES; f++) {
        scales[f] = scale_of(pairs, count, f);
        zm_table_cell(table, "%s", zm_figure_info(figures[f])->title);
        zm_table_cell(table, "now");
        zm_table_cell(table, "change");
    }
    zm_table_cell(table, "backend");
    for (size_t f = 0; f < FIGURES; f++) {
        zm_table_cell(table, "%s", scales[f].unit);
        zm_table_cell(table, "%s", scales[f].unit);
        zm_table_cell(table, "%%");
    }
    for (size_t i = 0; i < count; i++) {
        zm_table_cell(table, "%s", rows->all[pairs[i].after].label);
        for (size_t f = 0; f < FIGURES; f++) {
            const struct zm_before_after *of = &pairs[i].of[f];
            const struct zm_finding finding = {of->after, of->interval, of->difference};
            char text[64];
            add_value(table, &scales[f], &of->before);
            add_value(table, &scales[f], &of->after);
            zm_change(&finding, text, sizeof text);
            if (of->difference == ZM_LOWER)
                zm_table_best(table, "%s", text);
            else
                zm_table_cell(table, "%s", text);
        }
    }
    int status = zm_table_print(table, out, colour);
    zm_table_free(table);
    return status;
}

int zm_before_after_print(const struct zm_evidence *before, const struct zm_evidence *after,
                          const char *changed, FILE *out, bool colour)
{
    double noise[FIGURES];
    size_t count = 0;
    struct pair *pairs = calloc(ZM_ROWS_MAX, sizeof *pairs);
    int status = pairs ? find(before, after, noise, pairs, &count) : -ENOMEM;
    if (status == 0 && *changed)
        zm_put_between(out, "\nbefore and now differ: ", changed, "\n");
    else if (status == 0)
        fputs("\nbefore and now: nothing differs but the time\n", out);
    if (status == 0 && count > 0)
        status = print_table(after->rows, pairs, count, out, colour);
    if (status == 0 && isfinite(noise[0]) && noise[0] > 0)
        zm_put_between(out, "a change is told if it is larger than that of ",
                       after->rows->all[after->rows->baseline].label,
                       ", which is the same in both\n");
    free(pairs);
    return status;
}
