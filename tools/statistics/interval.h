/* How much two backends differ, and how sure that is.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TOOLS_STATISTICS_INTERVAL_H
#define ZM_TOOLS_STATISTICS_INTERVAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ZM_INTERVAL_PAIRS 8 /* with fewer, 95 % would be a false promise */

/* A ratio with its 95 % confidence interval. */
struct zm_interval {
    size_t pairs; /* 0: nothing is known */
    double ratio; /* known from one pair on */
    double low, high;
};

/* From the logarithms of the ratios within each block: their 20 % trimmed mean, with a symmetric
 * bootstrap-t interval. One outlier of a busy machine moves neither much. The same seed gives the
 * same interval. Sorts `log_ratios`. */
struct zm_interval zm_interval_of(double *log_ratios, size_t count, uint64_t seed);

/* Whether low and high mean anything. */
bool zm_interval_known(const struct zm_interval *interval);

/* Half the interval's width on the logarithmic scale: 0.02 is +-2 %. INFINITY if unknown. */
double zm_interval_half(const struct zm_interval *interval);

/* The interval's end that is farther from 1, as the logarithm's size. INFINITY if unknown. */
double zm_interval_far(const struct zm_interval *interval);

enum zm_difference {
    ZM_DIFFERENCE_UNKNOWN, /* too few pairs */
    ZM_NO_DIFFERENCE,
    ZM_LOWER,
    ZM_HIGHER,
};

/* A difference is told if the interval leaves out 1 and the ratio lies beyond `noise`, the size of
 * the logarithm that two equal backends may well show: the far end of the control's interval. */
enum zm_difference zm_interval_tells(const struct zm_interval *interval, double noise);

#endif
