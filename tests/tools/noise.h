/* Synthetic noise, from the generator that the tool draws with: the same numbers in every run.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TESTS_TOOLS_NOISE_H
#define ZM_TESTS_TOOLS_NOISE_H

#include <math.h>

#include "tools/statistics/statistics.h"

static inline double uniform(struct zm_random *random)
{
    return (double)(zm_random_next(random) >> 11) * 0x1p-53;
}

static inline double normal(struct zm_random *random)
{
    double radius = sqrt(-2 * log(1 - uniform(random)));
    return radius * cos(6.283185307179586 * uniform(random));
}

#endif
