/* Order statistics and reproducible shuffles.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TOOLS_STATISTICS_STATISTICS_H
#define ZM_TOOLS_STATISTICS_STATISTICS_H

#include <stddef.h>
#include <stdint.h>

struct zm_spread {
    size_t count;
    double median, min, max;
};

/* Sorts `values`. Without values it returns zeroes. */
struct zm_spread zm_spread(double *values, size_t count);

struct zm_random {
    uint64_t state;
};

uint64_t zm_random_next(struct zm_random *random);

/* A uniform number in 0 .. bound - 1. */
uint64_t zm_random_below(struct zm_random *random, uint64_t bound);

/* Puts 0 .. count - 1 into `order`, every permutation equally likely. */
void zm_shuffle(struct zm_random *random, size_t *order, size_t count);

#endif
