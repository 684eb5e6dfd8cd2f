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

double zm_trimmed_mean(double *values, size_t count)
{
    qsort(values, count, sizeof *values, ascending);
    return estimate(values, count).mean;
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

/* ---- sums of groups, of which a single one is the simplest ---- */

/* The groups' estimates together: errors of independent groups add up in squares. */
static struct estimate total(const struct zm_summand *summands, const struct estimate *estimates,
                             size_t count)
{
    double mean = 0, squares = 0;
    for (size_t g = 0; g < count; g++) {
        double error = summands[g].weight * estimates[g].error;
        mean += summands[g].weight * estimates[g].mean;
        squares += error * error;
    }
    return (struct estimate){mean, sqrt(squares)};
}

/* Room for the bootstrap. */
struct room {
    double *sizes, *resample;
    struct estimate *estimates;
    unsigned *drawn;
};

/* The size that the studentised differences of a share `level` of the resamples do not exceed. Each
 * group is resampled by itself. */
static double critical(const struct zm_summand *summands, size_t count, const struct room *room,
                       const struct estimate *whole, double level, uint64_t seed)
{
    struct zm_random random = {seed};
    size_t resamples = resamples_for(level);
    for (size_t r = 0; r < resamples; r++) {
        for (size_t g = 0; g < count; g++) {
            draw(&random, summands[g].values, summands[g].count, room->drawn, room->resample);
            room->estimates[g] = estimate(room->resample, summands[g].count);
        }
        struct estimate one = total(summands, room->estimates, count);
        double off = fabs(one.mean - whole->mean);
        room->sizes[r] = off / fmax(one.error, LEAST_ERROR * whole->error);
    }
    return quantile(room->sizes, resamples, level);
}

/* Half the interval's width; INFINITY without memory, for then it is unknown. */
static double half_width(const struct zm_summand *summands, size_t count, size_t most,
                         const struct estimate *whole, double level, uint64_t seed)
{
    double half = INFINITY, *numbers = malloc((resamples_for(level) + most) * sizeof *numbers);
    struct room room = {numbers, numbers ? numbers + resamples_for(level) : NULL,
                        malloc(count * sizeof *room.estimates), malloc(most * sizeof *room.drawn)};
    if (whole->error == 0)
        half = 0;
    else if (room.sizes && room.estimates && room.drawn)
        half = whole->error * critical(summands, count, &room, whole, level, seed);
    free(room.drawn);
    free(room.estimates);
    free(numbers);
    return half;
}

struct zm_interval zm_interval_of_sum(struct zm_summand *summands, size_t count, double level,
                                      uint64_t seed)
{
    size_t least = SIZE_MAX, most = 0;
    for (size_t g = 0; g < count; g++) {
        least = summands[g].count < least ? summands[g].count : least;
        most = summands[g].count > most ? summands[g].count : most;
    }
    if (count == 0 || least == 0)
        return (struct zm_interval){0};
    struct estimate *estimates = malloc(count * sizeof *estimates);
    if (!estimates)
        return (struct zm_interval){0};
    for (size_t g = 0; g < count; g++) {
        qsort(summands[g].values, summands[g].count, sizeof *summands[g].values, ascending);
        estimates[g] = estimate(summands[g].values, summands[g].count);
    }
    struct estimate whole = total(summands, estimates, count);
    free(estimates);
    double half = INFINITY;
    if (least >= ZM_INTERVAL_PAIRS)
        half = half_width(summands, count, most, &whole, level, seed);
    return (struct zm_interval){least, exp(whole.mean), exp(whole.mean - half),
                                exp(whole.mean + half)};
}

struct zm_interval zm_interval_at(double *log_ratios, size_t count, double level, uint64_t seed)
{
    struct zm_summand all = {log_ratios, count, 1};
    return zm_interval_of_sum(&all, 1, level, seed);
}

struct zm_interval zm_interval_of(double *log_ratios, size_t count, uint64_t seed)
{
    return zm_interval_at(log_ratios, count, LEVEL, seed);
}

struct zm_interval zm_interval_unpaired(double *before, size_t before_count, double *after,
                                        size_t after_count, double level, uint64_t seed)
{
    struct zm_summand groups[] = {{before, before_count, -1}, {after, after_count, 1}};
    return zm_interval_of_sum(groups, 2, level, seed);
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
