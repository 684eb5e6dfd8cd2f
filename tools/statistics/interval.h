/* How much two backends differ, and how sure that is.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TOOLS_STATISTICS_INTERVAL_H
#define ZM_TOOLS_STATISTICS_INTERVAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* With fewer pairs, an interval would not hold the truth in 95 % of all cases. */
#define ZM_INTERVAL_PAIRS 8

/* A ratio with its 95 % confidence interval. */
struct zm_interval {
    size_t pairs; /* 0: nothing is known */
    double ratio; /* is known from one pair on */
    double low, high;
};

/* The 20 % trimmed mean of the logarithms of the ratios within each block, with a symmetric
 * bootstrap-t interval; a single outlier moves neither much. The same seed gives the same interval.
 * Sorts `log_ratios`. */
struct zm_interval zm_interval_of(double *log_ratios, size_t count, uint64_t seed);

/* The same at another level than 0.95. */
struct zm_interval zm_interval_at(double *log_ratios, size_t count, double level, uint64_t seed);

/* The mean that those are of. Sorts `values`, of which there is one at least. */
double zm_trimmed_mean(double *values, size_t count);

/* Values of independent groups, such as the logarithms of the ratios in each of several workloads.
 */
struct zm_summand {
    double *values;
    size_t count;
    double weight;
};

/* The sum of the groups' trimmed means, each times its weight, with the interval of the sum: the
 * groups are resampled each by itself. `pairs` becomes the smallest count. Sorts the values. */
struct zm_interval zm_interval_of_sum(struct zm_summand *summands, size_t count, double level,
                                      uint64_t seed);

/* The same of values that are not paired, such as of two days: how much larger those of `after`
 * are. `level` is the share of all cases in which it is to hold the truth, 0.95 at least. `pairs`
 * becomes the smaller count. The values are logarithms, and both lists are sorted. */
struct zm_interval zm_interval_unpaired(double *before, size_t before_count, double *after,
                                        size_t after_count, double level, uint64_t seed);

/* Whether there were enough pairs for `low` and `high`. */
bool zm_interval_known(const struct zm_interval *interval);

/* Half the interval's width on the logarithmic scale: 0.02 is +-2 %. INFINITY if it is unknown. */
double zm_interval_half(const struct zm_interval *interval);

/* The size of the logarithm at the interval's end that is farther from 1. INFINITY if it is
 * unknown. */
double zm_interval_far(const struct zm_interval *interval);

enum zm_difference {
    ZM_DIFFERENCE_UNKNOWN, /* too few pairs */
    ZM_NO_DIFFERENCE,
    ZM_LOWER,
    ZM_HIGHER,
};

/* Whether there is a difference: the interval must leave out 1, and the logarithm of the ratio must
 * be larger than `noise`, as large as that of two equal backends may well be. */
enum zm_difference zm_interval_tells(const struct zm_interval *interval, double noise);

#endif
