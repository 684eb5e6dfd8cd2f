/* Comparing all with the best.
 *
 * The best of many equal rows looks better than it is. So each of the others is compared with it at
 * a level at which, as often as not more than one in twenty, the row that truly is the best is left
 * out (Hsu 1984, with Bonferroni's bound for the quantile): docs/workloads.md.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "ranking.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#define ALPHA 0.05

static const struct zm_ranking *sorted; /* for by_mean, because qsort passes nothing on */

static int by_mean(const void *a, const void *b)
{
    size_t x = *(const size_t *)a, y = *(const size_t *)b;
    double of_x = sorted->means[x].interval.ratio, of_y = sorted->means[y].interval.ratio;
    if (of_x != of_y)
        return of_x < of_y ? -1 : 1;
    return (x > y) - (x < y);
}

/* Whether the row has enough pairs in every workload. */
static bool competes(const struct zm_across *across, const struct zm_mean *mean)
{
    return mean->workloads == across->workload_count && zm_interval_known(&mean->interval);
}

/* Puts those that compete first, and each part into order. */
static void put_in_order(const struct zm_across *across, struct zm_ranking *out)
{
    size_t rest[ZM_ROWS_MAX], rest_count = 0;
    out->count = 0;
    for (size_t r = 0; r < across->row_count; r++) {
        if (r == across->baseline || across->rows[r].control)
            continue;
        if (competes(across, &out->means[r]))
            out->order[out->count++] = r;
        else
            rest[rest_count++] = r;
    }
    out->competing = out->count;
    for (size_t i = 0; i < rest_count; i++)
        out->order[out->count++] = rest[i];
    sorted = out;
    qsort(out->order, out->competing, sizeof *out->order, by_mean);
    qsort(out->order + out->competing, rest_count, sizeof *out->order, by_mean);
}

/* `others` are compared with the best. */
static double level_for(size_t others)
{
    return 1 - fmin(ALPHA, 2 * ALPHA / (double)others);
}

static int find_level(const struct zm_across *across, struct zm_ranking *out)
{
    double level = level_for(out->competing);
    for (size_t i = 0; i <= out->competing; i++) {
        size_t r = i < out->competing ? out->order[i] : across->baseline;
        struct zm_mean more;
        if (r != out->best && zm_across_ratio(across, r, out->best, out->figure, SIZE_MAX,
                                              out->noise, level, &more) != 0)
            return -ENOMEM;
        out->level[r] = r == out->best || more.difference != ZM_HIGHER;
        out->level_count += out->level[r] && r != out->best;
    }
    return 0;
}

int zm_ranking_find(const struct zm_across *across, enum zm_figure figure, struct zm_ranking *out)
{
    *out = (struct zm_ranking){.figure = figure, .best = ZM_ROWS_MAX};
    if (across->workload_count == 0)
        return 0;
    if (zm_across_means(across, figure, out->means, &out->noise) != 0)
        return -ENOMEM;
    put_in_order(across, out);
    if (out->competing == 0)
        return 0;
    out->best = out->order[0];
    if (out->means[out->best].interval.ratio >= 1)
        out->best = across->baseline;
    return find_level(across, out);
}

bool zm_ranking_tells(const struct zm_across *across, const struct zm_ranking *ranking)
{
    return ranking->best < ZM_ROWS_MAX && !ranking->level[across->baseline];
}
