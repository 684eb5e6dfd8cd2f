/* The bootstrap.
 *
 * With ten blocks, plain percentile intervals are too narrow. Dividing each resample's mean by its
 * own standard error (bootstrap-t) repairs that. Trimming keeps samples that a busy machine has
 * spoilt from deciding the result.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "interval.h"

#include "statistics.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define RESAMPLES 1999 /* so that (RESAMPLES + 1) * LEVEL is a whole number */
#define LEVEL     0.95
#define TRIM      0.2
/* A resample of values that repeat may consist of equal ones, and have an error of 0. The least
 * that is taken for its error, as a share of the error of all: */
#define LEAST_ERROR 0.5

struct estimate {
    double mean, error;
};

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The trimmed mean of values in ascending order, and its standard error, which comes from the
 * winsorised variance. */
static struct estimate estimate(const double *sorted, size_t count)
{
    size_t cut = (size_t)(TRIM * (double)count);
    double low = sorted[cut], high = sorted[count - 1 - cut];
    double inner = 0;
    for (size_t i = cut; i < count - cut; i++)
        inner += sorted[i];
    double mean =
        (inner + (double)cut * (low + high)) / (double)count; /* of the winsorised values */
    double squares = 0;
    for (size_t i = 0; i < count; i++) {
        double value = sorted[i] < low ? low : sorted[i] > high ? high : sorted[i];
        squares += (value - mean) * (value - mean);
    }
    double kept = (double)(count - 2 * cut);
    double variance = count > 1 ? squares / (double)(count - 1) : 0;
    return (struct estimate){inner / kept, sqrt(variance * (double)count) / kept};
}

/* Draws `count` values with replacement, and puts them in ascending order into `resample`. `drawn`
 * is room for as many counts. */
static void draw(struct zm_random *random, const double *sorted, size_t count, unsigned *drawn,
                 double *resample)
{
    memset(drawn, 0, count * sizeof *drawn);
    for (size_t i = 0; i < count; i++)
        drawn[(zm_random_next(random) >> 32) * count >>
              32]++; /* biased by less than 2^-32 a value, which does not matter here */
    for (size_t i = 0; i < count; i++) {
        for (unsigned n = drawn[i]; n > 0; n--)
            *resample++ = sorted[i];
    }
}

/* The size that a share `level` of them does not exceed. Sorts them. */
static double quantile(double *sizes, size_t count, double level)
{
    qsort(sizes, count, sizeof *sizes, ascending);
    return sizes[(size_t)(level * (double)(count + 1)) - 1];
}

/* Ten of them lie beyond the level, or what is beyond is chance. The count is odd, so that (count +
 * 1)
 * * 0.95 is a whole number where there are RESAMPLES. */
static size_t resamples_for(double level)
{
    return (size_t)fmax(RESAMPLES, ceil(10 / (1 - level))) | 1;
}

/* The size that the studentised differences of a share `level` of the resamples do not exceed. */
static double critical(const double *sorted, size_t count, const struct estimate *whole,
                       double level, uint64_t seed)
{
    struct zm_random random = {seed};
    size_t resamples = resamples_for(level);
    double *sizes = malloc((resamples + count) * sizeof *sizes);
    unsigned *drawn = malloc(count * sizeof *drawn);
    double found = INFINITY; /* without memory the interval is unknown */
    if (sizes && drawn) {
        double *resample = sizes + resamples;
        for (size_t r = 0; r < resamples; r++) {
            draw(&random, sorted, count, drawn, resample);
            struct estimate one = estimate(resample, count);
            double off = fabs(one.mean - whole->mean);
            sizes[r] = off / fmax(one.error, LEAST_ERROR * whole->error);
        }
        found = quantile(sizes, resamples, level);
    }
    free(drawn);
    free(sizes);
    return found;
}

struct zm_interval zm_interval_at(double *log_ratios, size_t count, double level, uint64_t seed)
{
    if (count == 0)
        return (struct zm_interval){0};
    qsort(log_ratios, count, sizeof *log_ratios, ascending);
    struct estimate whole = estimate(log_ratios, count);
    double half = INFINITY;
    if (count >= ZM_INTERVAL_PAIRS)
        half = whole.error > 0 ? whole.error * critical(log_ratios, count, &whole, level, seed) : 0;
    return (struct zm_interval){count, exp(whole.mean), exp(whole.mean - half),
                                exp(whole.mean + half)};
}

struct zm_interval zm_interval_of(double *log_ratios, size_t count, uint64_t seed)
{
    return zm_interval_at(log_ratios, count, LEVEL, seed);
}

/* ---- of two groups ---- */

struct group {
    const double *sorted;
    size_t count;
    struct estimate whole;
};

/* How far the difference of resamples is from that of the groups, by its error. */
static double studentised(struct zm_random *random, const struct group *a, const struct group *b,
                          double error, unsigned *drawn, double *resample)
{
    draw(random, a->sorted, a->count, drawn, resample);
    struct estimate x = estimate(resample, a->count);
    draw(random, b->sorted, b->count, drawn, resample);
    struct estimate y = estimate(resample, b->count);
    double off = fabs((y.mean - x.mean) - (b->whole.mean - a->whole.mean));
    return off / fmax(hypot(x.error, y.error), LEAST_ERROR * error);
}

static double critical_of_two(const struct group *a, const struct group *b, double error,
                              double level, uint64_t seed)
{
    struct zm_random random = {seed};
    size_t most = a->count > b->count ? a->count : b->count;
    size_t resamples = resamples_for(level);
    double *sizes = malloc((resamples + most) * sizeof *sizes);
    unsigned *drawn = malloc(most * sizeof *drawn);
    double found = INFINITY;
    if (sizes && drawn) {
        for (size_t r = 0; r < resamples; r++)
            sizes[r] = studentised(&random, a, b, error, drawn, sizes + resamples);
        found = quantile(sizes, resamples, level);
    }
    free(drawn);
    free(sizes);
    return found;
}

struct zm_interval zm_interval_unpaired(double *before, size_t before_count, double *after,
                                        size_t after_count, double level, uint64_t seed)
{
    size_t least = before_count < after_count ? before_count : after_count;
    if (least == 0)
        return (struct zm_interval){0};
    qsort(before, before_count, sizeof *before, ascending);
    qsort(after, after_count, sizeof *after, ascending);
    struct group a = {before, before_count, estimate(before, before_count)},
                 b = {after, after_count, estimate(after, after_count)};
    double difference = b.whole.mean - a.whole.mean;
    double error = hypot(a.whole.error, b.whole.error), half = INFINITY;
    if (least >= ZM_INTERVAL_PAIRS)
        half = error > 0 ? error * critical_of_two(&a, &b, error, level, seed) : 0;
    return (struct zm_interval){least, exp(difference), exp(difference - half),
                                exp(difference + half)};
}

/* ---- what an interval says ---- */

bool zm_interval_known(const struct zm_interval *interval)
{
    return interval->pairs >= ZM_INTERVAL_PAIRS && isfinite(interval->high);
}

double zm_interval_half(const struct zm_interval *interval)
{
    return zm_interval_known(interval) ? log(interval->high / interval->low) / 2 : INFINITY;
}

double zm_interval_far(const struct zm_interval *interval)
{
    return zm_interval_known(interval) ? fmax(fabs(log(interval->low)), fabs(log(interval->high)))
                                       : INFINITY;
}

enum zm_difference zm_interval_tells(const struct zm_interval *interval, double noise)
{
    if (!zm_interval_known(interval))
        return ZM_DIFFERENCE_UNKNOWN;
    if ((interval->low <= 1 && interval->high >= 1) || fabs(log(interval->ratio)) <= noise)
        return ZM_NO_DIFFERENCE;
    return interval->ratio < 1 ? ZM_LOWER : ZM_HIGHER;
}
