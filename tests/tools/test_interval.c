/* The intervals on synthetic samples whose truth is known.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <string.h>

#include "noise.h"
#include "tools/measuring/blocks.h"
#include "tools/statistics/interval.h"
#include "tools/statistics/statistics.h"

#define RUNS       100
#define BLOCKS_MAX 40

/* As a machine that others share makes it: now and then a run takes a lot longer. */
static double spiked(struct zm_random *random)
{
    return uniform(random) < 0.15 ? 15 * fabs(normal(random)) : normal(random);
}

struct tally {
    unsigned lower, higher, covered;
    unsigned blocks;
};

/* Runs comparisons of a row that takes `effect` (a logarithm) more than the baseline, stopped as
 * zm_measure stops them. */
static struct tally simulate(double (*noise)(struct zm_random *), double size, double effect)
{
    struct zm_random random = {4711};
    struct tally tally = {0};
    for (uint64_t run = 0; run < RUNS; run++) {
        double row[BLOCKS_MAX], control[BLOCKS_MAX], copy[BLOCKS_MAX];
        struct zm_interval of_row, of_control;
        size_t n = 0, look = ZM_BLOCKS_LEAST;
        for (;;) {
            for (; n < look; n++) {
                double base = size * noise(&random);
                row[n] = effect + size * noise(&random) - base;
                control[n] = size * noise(&random) - base;
            }
            memcpy(copy, row, sizeof copy);
            of_row = zm_interval_of(copy, n, run);
            memcpy(copy, control, sizeof copy);
            of_control = zm_interval_of(copy, n, run);
            if ((zm_interval_half(&of_row) <= ZM_PRECISION &&
                 zm_interval_half(&of_control) <= ZM_PRECISION) ||
                n == BLOCKS_MAX)
                break;
            look = look + (look + 3) / 4 < BLOCKS_MAX ? look + (look + 3) / 4 : BLOCKS_MAX;
        }
        enum zm_difference difference = zm_interval_tells(&of_row, zm_interval_far(&of_control));
        tally.lower += difference == ZM_LOWER;
        tally.higher += difference == ZM_HIGHER;
        tally.covered += of_row.low <= exp(effect) && of_row.high >= exp(effect);
        tally.blocks += (unsigned)n;
    }
    return tally;
}

/* 95 of 100 equal pairs are called equal, however noisy, though the end depends on the data. */
static void test_equals_are_told_equal(void **state)
{
    (void)state;
    double (*const noises[])(struct zm_random *) = {normal, spiked};
    const double sizes[] = {0.01, 0.03};
    for (size_t n = 0; n < 2; n++) {
        for (size_t s = 0; s < 2; s++) {
            struct tally tally = simulate(noises[n], sizes[s], 0);
            assert_in_range(tally.lower + tally.higher, 0, RUNS * 5 / 100);
            assert_in_range(tally.covered, RUNS * 90 / 100, RUNS);
        }
    }
}

static void test_five_percent_are_found(void **state)
{
    (void)state;
    struct tally tally = simulate(spiked, 0.01, log(1.05));
    assert_in_range(tally.higher, RUNS * 98 / 100, RUNS);
    assert_int_equal(tally.lower, 0);
    assert_in_range(tally.covered, RUNS * 90 / 100, RUNS);
}

/* A quiet machine needs no more than the least number of blocks. */
/* Of two days: 15 blocks against 10. */
static void test_unpaired_values(void **state)
{
    (void)state;
    double (*const noises[])(struct zm_random *) = {normal, spiked};
    enum { COMPARISONS = 400, BEFORE = 15, AFTER = 10 };
    for (size_t n = 0; n < 2; n++) {
        for (int differ = 0; differ < 2; differ++) {
            struct zm_random random = {815};
            double effect = differ ? log(1.2) : 0, before[BEFORE], after[AFTER];
            unsigned covered = 0, lower = 0, higher = 0;
            for (uint64_t run = 0; run < COMPARISONS; run++) {
                for (size_t i = 0; i < BEFORE; i++)
                    before[i] = 0.02 * noises[n](&random);
                for (size_t i = 0; i < AFTER; i++)
                    after[i] = effect + 0.02 * noises[n](&random);
                struct zm_interval interval =
                    zm_interval_unpaired(before, BEFORE, after, AFTER, 0.95, run);
                covered += interval.low <= exp(effect) && interval.high >= exp(effect);
                lower += zm_interval_tells(&interval, 0) == ZM_LOWER;
                higher += zm_interval_tells(&interval, 0) == ZM_HIGHER;
            }
            assert_in_range(covered, COMPARISONS * 92 / 100, COMPARISONS);
            assert_in_range(lower, 0, differ ? 0 : COMPARISONS * 4 / 100);
            assert_in_range(higher, differ ? COMPARISONS * 95 / 100 : 0,
                            differ ? COMPARISONS : COMPARISONS * 4 / 100);
        }
    }
    double few[ZM_INTERVAL_PAIRS - 1] = {0}, many[ZM_INTERVAL_PAIRS + 4] = {0};
    struct zm_interval interval =
        zm_interval_unpaired(few, ZM_INTERVAL_PAIRS - 1, many, ZM_INTERVAL_PAIRS + 4, 0.95, 1);
    assert_int_equal(zm_interval_tells(&interval, 0), ZM_DIFFERENCE_UNKNOWN);
    assert_int_equal(zm_interval_unpaired(few, 0, many, 9, 0.95, 1).pairs, 0);
}

static void test_quiet_machines_are_done_early(void **state)
{
    (void)state;
    struct tally tally = simulate(normal, 0.002, 0);
    assert_int_equal(tally.blocks, RUNS * ZM_BLOCKS_LEAST);
}

static void test_outliers_do_not_decide(void **state)
{
    (void)state;
    double values[] = {0.010, 0.011, 0.009, 0.010, 0.012, 0.008, 0.010, 0.011, 1.5, 2.5};
    struct zm_interval interval = zm_interval_of(values, 10, 1);
    assert_true(interval.ratio > 1.009 && interval.ratio < 1.012);
}

static void test_the_seed_repeats_it(void **state)
{
    (void)state;
    const double values[] = {0.1, -0.2, 0.05, 0.01, -0.07, 0.3, 0.02, 0.15, -0.03};
    double copy[9];
    memcpy(copy, values, sizeof copy);
    struct zm_interval first = zm_interval_of(copy, 9, 5);
    memcpy(copy, values, sizeof copy);
    struct zm_interval second = zm_interval_of(copy, 9, 5);
    assert_memory_equal(&first, &second, sizeof first);
    assert_float_equal(first.low * first.high, first.ratio * first.ratio, 1e-12);
}

static void test_equal_values_have_no_width(void **state)
{
    (void)state;
    double same[] = {0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5}, zero[8] = {0};
    struct zm_interval interval = zm_interval_of(same, 8, 1);
    assert_true(interval.low == interval.high && zm_interval_half(&interval) == 0);
    assert_int_equal(zm_interval_tells(&interval, 0), ZM_HIGHER);
    interval = zm_interval_of(zero, 8, 1);
    assert_int_equal(zm_interval_tells(&interval, 0), ZM_NO_DIFFERENCE);
}

/* Two levels, as page-sized figures have them: half of the resamples of the middle are all alike.
 */
static void test_repeated_values(void **state)
{
    (void)state;
    double values[] = {0.01, -0.01, 0.01, -0.01, 0.01, -0.01, 0.01, -0.01, 0.01, -0.01};
    struct zm_interval interval = zm_interval_of(values, 10, 1);
    assert_true(zm_interval_half(&interval) > 0.005 && zm_interval_half(&interval) < 0.04);
}

static void test_too_few_pairs(void **state)
{
    (void)state;
    double values[ZM_INTERVAL_PAIRS - 1] = {0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1};
    struct zm_interval interval = zm_interval_of(values, ZM_INTERVAL_PAIRS - 1, 1);
    assert_float_equal(interval.ratio, exp(0.1), 1e-12);
    assert_false(zm_interval_known(&interval));
    assert_int_equal(zm_interval_tells(&interval, 0), ZM_DIFFERENCE_UNKNOWN);
    assert_true(isinf(zm_interval_half(&interval)) && isinf(zm_interval_far(&interval)));
    interval = zm_interval_of(NULL, 0, 1);
    assert_int_equal(interval.pairs, 0);
}

static void test_noise_hides_small_differences(void **state)
{
    (void)state;
    double values[] = {0.010, 0.011, 0.009, 0.010, 0.012, 0.008, 0.011, 0.009};
    struct zm_interval interval = zm_interval_of(values, 8, 1);
    assert_int_equal(zm_interval_tells(&interval, 0.005), ZM_HIGHER);
    assert_int_equal(zm_interval_tells(&interval, 0.02), ZM_NO_DIFFERENCE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_equals_are_told_equal),
        cmocka_unit_test(test_five_percent_are_found),
        cmocka_unit_test(test_unpaired_values),
        cmocka_unit_test(test_quiet_machines_are_done_early),
        cmocka_unit_test(test_outliers_do_not_decide),
        cmocka_unit_test(test_the_seed_repeats_it),
        cmocka_unit_test(test_equal_values_have_no_width),
        cmocka_unit_test(test_repeated_values),
        cmocka_unit_test(test_too_few_pairs),
        cmocka_unit_test(test_noise_hides_small_differences),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
