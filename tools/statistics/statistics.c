/* Median, spread, shuffle.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "statistics.h"

#include <stdlib.h>

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

struct zm_spread zm_spread(double *values, size_t count)
{
    if (count == 0)
        return (struct zm_spread){0};
    qsort(values, count, sizeof *values, ascending);
    size_t half = count / 2;
    double median = count % 2 ? values[half] : (values[half - 1] + values[half]) / 2;
    return (struct zm_spread){count, median, values[0], values[count - 1]};
}

/* SplitMix64, for which every seed is good. The sequence is the same on every machine. */
uint64_t zm_random_next(struct zm_random *random)
{
    uint64_t z = random->state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

uint64_t zm_random_below(struct zm_random *random, uint64_t bound)
{
    /* Without the lowest 2^64 mod bound values, every remainder is equally likely. */
    uint64_t unfair = -bound % bound;
    uint64_t value;
    do
        value = zm_random_next(random);
    while (value < unfair);
    return value % bound;
}

void zm_shuffle(struct zm_random *random, size_t *order, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        order[i] = i;
        size_t j = (size_t)zm_random_below(random, i + 1);
        order[i] = order[j];
        order[j] = i;
    }
}
