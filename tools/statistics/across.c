/* Sums of the workloads' trimmed means of logarithms.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "across.h"

#include <assert.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define LEVEL         0.95
#define CARRIED_AMONG 3 /* of two, one is always the larger */

/* By figure, row and block; negative where there is none. Rows that came with a later workload have
 * none at all. */
struct zm_across_workload {
    double *values;
    size_t rows, blocks;
};

struct zm_across *zm_across_new(void)
{
    return calloc(1, sizeof(struct zm_across));
}

void zm_across_free(struct zm_across *across)
{
    for (size_t w = 0; across && w < across->workload_count; w++)
        free(across->workloads[w].values);
    if (across)
        free(across->workloads);
    free(across);
}

static size_t place_of(enum zm_figure figure)
{
    size_t place = 0;
    while (place < ZM_ACROSS_FIGURES && zm_figure_at(place)->figure != figure)
        place++;
    assert(place < ZM_ACROSS_FIGURES);
    return place;
}

static double *values_of(const struct zm_across_workload *workload, enum zm_figure figure,
                         size_t row)
{
    return workload->values + (place_of(figure) * workload->rows + row) * workload->blocks;
}

size_t zm_across_find(const struct zm_across *across, const char *label)
{
    for (size_t r = 0; r < across->row_count; r++) {
        if (strcmp(across->rows[r].label, label) == 0)
            return r;
    }
    return ZM_ROWS_MAX;
}

/* The row's place, a new one if its label is; ZM_ROWS_MAX if there is no room. */
static size_t place_row(struct zm_across *across, const struct zm_row *row)
{
    size_t found = zm_across_find(across, row->label);
    if (found < ZM_ROWS_MAX || across->row_count == ZM_ROWS_MAX)
        return found;
    struct zm_across_row *new = &across->rows[across->row_count];
    memcpy(new->label, row->label, sizeof new->label);
    new->control = row->control;
    return across->row_count++;
}

/* Room for the values of all rows that are known so far, none of which is there yet. */
static int make_room(const struct zm_across *across, size_t blocks, struct zm_across_workload *out)
{
    size_t count = ZM_ACROSS_FIGURES * across->row_count * blocks;
    *out = (struct zm_across_workload){malloc(count * sizeof(double)), across->row_count, blocks};
    for (size_t i = 0; out->values && i < count; i++)
        out->values[i] = -1;
    return out->values ? 0 : -ENOMEM;
}

int zm_across_add(struct zm_across *across, const struct zm_evidence *e, bool *fits)
{
    const struct zm_row *baseline = &e->rows->all[e->rows->baseline];
    size_t places[ZM_ROWS_MAX];
    *fits = across->workload_count == 0 ||
            strcmp(across->rows[across->baseline].label, baseline->label) == 0;
    if (!*fits)
        return 0;
    struct zm_across_workload *workloads =
        realloc(across->workloads, (across->workload_count + 1) * sizeof *workloads);
    if (!workloads)
        return -ENOMEM;
    across->workloads = workloads;
    for (size_t r = 0; r < e->rows->count; r++)
        places[r] = place_row(across, &e->rows->all[r]);
    struct zm_across_workload *new = &workloads[across->workload_count];
    if (make_room(across, zm_evidence_blocks(e), new) != 0)
        return -ENOMEM;
    if (across->workload_count++ == 0)
        across->seed = e->seed;
    across->baseline = zm_across_find(across, baseline->label);
    for (size_t r = 0; r < e->rows->count; r++) {
        for (size_t f = 0; f < ZM_ACROSS_FIGURES && places[r] < ZM_ROWS_MAX; f++) {
            enum zm_figure figure = zm_figure_at(f)->figure;
            zm_evidence_line_up(e, r, figure, values_of(new, figure, places[r]), new->blocks);
        }
    }
    return 0;
}

/* ---- sums ---- */

struct sum {
    struct zm_summand *summands;
    size_t *workloads; /* whose each is */
    size_t count;
    double *values; /* of all */
};

static void clear(struct sum *sum)
{
    free(sum->values);
    free(sum->workloads);
    free(sum->summands);
}

static size_t ratios(const struct zm_across_workload *workload, size_t a, size_t b,
                     enum zm_figure figure, double *out)
{
    if (a >= workload->rows || b >= workload->rows)
        return 0;
    const double *of_a = values_of(workload, figure, a), *of_b = values_of(workload, figure, b);
    size_t count = 0;
    for (size_t i = 0; i < workload->blocks; i++) {
        if (of_a[i] > 0 && of_b[i] > 0)
            out[count++] = log(of_a[i] / of_b[i]);
    }
    return count;
}

/* Keeps those with enough pairs, or while none has all that have any. */
static void keep(struct sum *sum)
{
    size_t least = 1, kept = 0;
    for (size_t i = 0; i < sum->count; i++)
        least = sum->summands[i].count >= ZM_INTERVAL_PAIRS ? ZM_INTERVAL_PAIRS : least;
    for (size_t i = 0; i < sum->count; i++) {
        if (sum->summands[i].count < least)
            continue;
        sum->workloads[kept] = sum->workloads[i];
        sum->summands[kept++] = sum->summands[i];
    }
    sum->count = kept;
    for (size_t i = 0; i < kept; i++)
        sum->summands[i].weight = 1 / (double)kept;
}

/* The ratios of two rows in each workload, weighted for their mean. 0, or -ENOMEM. */
static int make(const struct zm_across *across, size_t a, size_t b, enum zm_figure figure,
                size_t without, struct sum *out)
{
    size_t room = 1;
    for (size_t w = 0; w < across->workload_count; w++)
        room += across->workloads[w].blocks;
    *out = (struct sum){calloc(across->workload_count + 1, sizeof *out->summands),
                        calloc(across->workload_count + 1, sizeof *out->workloads), 0,
                        malloc(room * sizeof *out->values)};
    if (!out->summands || !out->workloads || !out->values) {
        clear(out);
        return -ENOMEM;
    }
    double *next = out->values;
    for (size_t w = 0; w < across->workload_count; w++) {
        if (w == without)
            continue;
        size_t count = ratios(&across->workloads[w], a, b, figure, next);
        out->summands[out->count] = (struct zm_summand){next, count, 1};
        out->workloads[out->count++] = w;
        next += count;
    }
    keep(out);
    return 0;
}

int zm_across_ratio(const struct zm_across *across, size_t a, size_t b, enum zm_figure figure,
                    size_t without, double noise, double level, struct zm_mean *out)
{
    struct sum sum;
    int status = make(across, a, b, figure, without, &sum);
    if (status != 0)
        return status;
    out->interval = zm_interval_of_sum(sum.summands, sum.count, level, across->seed);
    out->workloads = sum.count;
    out->difference = zm_interval_tells(&out->interval, noise);
    clear(&sum);
    return 0;
}

int zm_across_means(const struct zm_across *across, enum zm_figure figure,
                    struct zm_mean out[ZM_ROWS_MAX], double *noise)
{
    *noise = 0;
    for (size_t r = 0; r < across->row_count; r++) {
        if (zm_across_ratio(across, r, across->baseline, figure, SIZE_MAX, 0, LEVEL, &out[r]) != 0)
            return -ENOMEM;
        if (across->rows[r].control)
            *noise = zm_interval_far(&out[r].interval);
    }
    for (size_t r = 0; r < across->row_count; r++)
        out[r].difference =
            zm_interval_tells(&out[r].interval, across->rows[r].control ? 0 : *noise);
    return 0;
}

int zm_across_tell(const struct zm_across *across, size_t workload, size_t row,
                   enum zm_figure figure, enum zm_difference *out)
{
    const struct zm_across_workload *one = &across->workloads[workload];
    double noise = 0, *logs = malloc(one->blocks * sizeof *logs);
    if (!logs)
        return -ENOMEM;
    for (size_t r = 0; r < across->row_count; r++) {
        size_t count = ratios(one, r, across->baseline, figure, logs);
        if (!across->rows[r].control || count == 0)
            continue;
        struct zm_interval control = zm_interval_of(logs, count, across->seed);
        noise = zm_interval_far(&control);
    }
    size_t count = ratios(one, row, across->baseline, figure, logs);
    struct zm_interval interval = zm_interval_of(logs, count, across->seed);
    *out = zm_interval_tells(&interval, noise);
    free(logs);
    return 0;
}

/* ---- the workload that carries a mean ---- */

/* Whether the one's logarithm is larger, in the direction of the mean, than the sum of the others'.
 */
static bool outweighs(struct sum *sum, size_t one, double direction, uint64_t seed)
{
    for (size_t i = 0; i < sum->count; i++)
        sum->summands[i].weight = i == one ? direction : -direction;
    struct zm_interval more = zm_interval_of_sum(sum->summands, sum->count, LEVEL, seed);
    return zm_interval_known(&more) && more.low > 1;
}

int zm_across_carrier(const struct zm_across *across, size_t row, enum zm_figure figure,
                      size_t *out)
{
    struct sum sum;
    int status = make(across, row, across->baseline, figure, SIZE_MAX, &sum);
    *out = SIZE_MAX;
    if (status != 0)
        return status;
    double all = 0, largest = -INFINITY;
    size_t one = 0;
    for (size_t i = 0; i < sum.count; i++)
        all += zm_trimmed_mean(sum.summands[i].values, sum.summands[i].count);
    double direction = all < 0 ? -1 : 1;
    for (size_t i = 0; i < sum.count; i++) {
        double size = direction * zm_trimmed_mean(sum.summands[i].values, sum.summands[i].count);
        if (size > largest) {
            largest = size;
            one = i;
        }
    }
    if (sum.count >= CARRIED_AMONG && outweighs(&sum, one, direction, across->seed))
        *out = sum.workloads[one];
    clear(&sum);
    return 0;
}
