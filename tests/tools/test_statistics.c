/* Order statistics with known answers, and shuffles that are fair and repeatable.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tools/statistics/statistics.h"

static void test_spread_odd(void **state)
{
    (void)state;
    double values[] = {5, -1, 3};
    struct zm_spread spread = zm_spread(values, 3);
    assert_int_equal(spread.count, 3);
    assert_true(spread.median == 3 && spread.min == -1 && spread.max == 5);
}

static void test_spread_even(void **state)
{
    (void)state;
    double values[] = {4, 1, 2, 100};
    struct zm_spread spread = zm_spread(values, 4);
    assert_true(spread.median == 3 && spread.min == 1 && spread.max == 100);
}

static void test_spread_of_nothing(void **state)
{
    (void)state;
    assert_int_equal(zm_spread(NULL, 0).count, 0);
}

static void test_random_sequence(void **state)
{
    (void)state;
    /* SplitMix64's published sequence for this seed: results must repeat on every machine. */
    struct zm_random random = {1234567};
    assert_true(zm_random_next(&random) == UINT64_C(6457827717110365317));
    assert_true(zm_random_next(&random) == UINT64_C(3203168211198807973));
    assert_true(zm_random_next(&random) == UINT64_C(9817491932198370423));
}

static void test_shuffle_repeats(void **state)
{
    (void)state;
    size_t first[9], second[9];
    struct zm_random a = {42}, b = {42};
    zm_shuffle(&a, first, 9);
    zm_shuffle(&b, second, 9);
    assert_memory_equal(first, second, sizeof first);
}

static void test_shuffle_is_fair(void **state)
{
    (void)state;
    enum { RUNS = 60000 };
    unsigned seen[4][4][4] = {0};
    struct zm_random random = {7};
    for (int run = 0; run < RUNS; run++) {
        size_t order[3];
        zm_shuffle(&random, order, 3);
        assert_true(order[0] < 3 && order[1] < 3 && order[2] < 3);
        seen[order[0]][order[1]][order[2]]++;
    }
    /* Six permutations of 10,000 each; 500 is more than five standard deviations. */
    for (size_t i = 0; i < 3; i++) {
        for (size_t j = 0; j < 3; j++) {
            if (i != j)
                assert_in_range(seen[i][j][3 - i - j], RUNS / 6 - 500, RUNS / 6 + 500);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_spread_odd),        cmocka_unit_test(test_spread_even),
        cmocka_unit_test(test_spread_of_nothing), cmocka_unit_test(test_random_sequence),
        cmocka_unit_test(test_shuffle_repeats),   cmocka_unit_test(test_shuffle_is_fair),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
