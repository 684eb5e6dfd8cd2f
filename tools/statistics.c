/* Median, spread, shuffle.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "statistics.h"

#include <math.h>
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

double zm_typical_difference(const double *values, size_t count)
{
    if (count < 2)
        return -1;
    for (size_t i = 0; i < count; i++) {
        if (!(values[i] > 0))
            return -1;
    }
    size_t pairs = count * (count - 1) / 2, n = 0;
    double *differences = malloc(pairs * sizeof *differences);
    if (!differences)
        return -1;
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < i; j++)
            differences[n++] = fmax(values[i], values[j]) / fmin(values[i], values[j]) - 1;
    }
    double median = zm_spread(differences, pairs).median;
    free(differences);
    return median;
}

/* SplitMix64: any seed will do, and the sequence is the same on every machine. */
uint64_t zm_random_next(struct zm_random *random)
{
    uint64_t z = random->state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

uint64_t zm_random_below(struct zm_random *random, uint64_t bound)
{
    /* The lowest 2^64 mod bound values are thrown away: without them all remainders are alike. */
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
