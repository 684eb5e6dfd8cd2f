/* The Pareto front of known costs.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/reporting/pareto_text.h"
#include "tools/statistics/pareto.h"

static void test_beats(void **state)
{
    (void)state;
    const struct zm_pareto_cost base = {1, 1}, faster = {0.9, 1}, smaller = {1, 0.9},
                                hardly = {0.995, 1}, trade = {0.9, 1.1};
    assert_true(zm_pareto_beats(&faster, &base) && zm_pareto_beats(&smaller, &base));
    assert_false(zm_pareto_beats(&base, &faster) || zm_pareto_beats(&hardly, &base));
    assert_false(zm_pareto_beats(&trade, &base) || zm_pareto_beats(&base, &trade));
    assert_false(zm_pareto_beats(&faster, &smaller));
}

enum { ROWS = 7, BLOCKS = 12 };

/* Runs of known costs, each wobbling by that share from block to block, and a control that is off
 * by `noise`. */
static void check_front(const struct zm_pareto_cost *costs, double wobble, double noise,
                        unsigned blocks, const bool *expected)
{
    static struct zm_sample samples[ROWS * BLOCKS];
    static struct zm_pareto found;
    struct zm_rows rows = {.count = ROWS};
    struct zm_random random = {17};
    for (size_t r = 0; r < ROWS; r++)
        snprintf(rows.all[r].label, sizeof rows.all[r].label, "row %zu", r);
    rows.all[ROWS - 1].control = true;
    for (unsigned i = 0; i < ROWS * blocks; i++) {
        size_t r = i % ROWS;
        double off = wobble * ((double)zm_random_below(&random, 2001) / 1000 - 1);
        zm_sample_init(&samples[i], &rows.all[r], i / ROWS + 1);
        samples[i].ok = costs[r].time > 0;
        samples[i].values[ZM_WALL] =
            costs[r].time * (1 + off) * (r == ROWS - 1 ? 1 + noise * (i % 2 ? 1 : -1) : 1);
        samples[i].values[ZM_PEAK_RSS] = costs[r].memory * (1 << 20);
    }
    const struct zm_evidence evidence = {
        .samples = samples, .count = ROWS * blocks, .rows = &rows, .seed = 3};
    assert_int_equal(zm_pareto_find(&evidence, &found), 0);
    size_t count = 0;
    for (size_t r = 0; r < ROWS; r++) {
        assert_int_equal(found.unbeaten[r], expected[r]);
        count += expected[r];
    }
    assert_int_equal(found.count, count);
}

static void test_unbeaten(void **state)
{
    (void)state;
    const struct zm_pareto_cost costs[ROWS] = {{1, 1},     {0.8, 1.2},   {0.9, 1.3}, {0, 0},
                                               {1.2, 0.7}, {1.005, 1.0}, {1, 1}};
    check_front(costs, 0.001, 0.001, BLOCKS,
                (const bool[ROWS]){true, true, false, false, true, true, false});
    /* With too few blocks for intervals the ratios decide; less than 1 % is no reason. */
    check_front(costs, 0, 0, 3, (const bool[ROWS]){true, true, false, false, true, true, false});
}

/* Ratios would call the first and the third beaten; but libc differs from itself by more than that.
 */
static void test_noise_beats_nobody(void **state)
{
    (void)state;
    const struct zm_pareto_cost costs[ROWS] = {{1, 1},       {0.93, 1}, {0.95, 1}, {0, 0},
                                               {1.2, 0.999}, {3, 1},    {1, 1}};
    check_front(costs, 0.2, 0.38, BLOCKS,
                (const bool[ROWS]){true, true, true, false, true, false, false});
}

static void test_lines_to_copy(void **state)
{
    (void)state;
    static char *const settings[] = {(char *)"A=1,b:2", (char *)"B=it's $x", NULL};
    struct zm_rows rows = {.count = 2};
    assert_int_equal(zm_row_make("libc", "libc", NULL, &rows.all[0]), 0);
    assert_int_equal(zm_row_make("tuned", "jemalloc", settings, &rows.all[1]), 0);
    struct zm_sample samples[2 * ZM_INTERVAL_PAIRS];
    for (unsigned i = 0; i < 2 * ZM_INTERVAL_PAIRS; i++) {
        zm_sample_init(&samples[i], &rows.all[i % 2], i / 2 + 1);
        samples[i].ok = true;
        samples[i].values[ZM_WALL] = i % 2 ? 0.5 : 1;
        samples[i].values[ZM_PEAK_RSS] = 1 << 20;
    }
    for (unsigned count = 2; count <= 2 * ZM_INTERVAL_PAIRS; count += 2 * ZM_INTERVAL_PAIRS - 2) {
        char *text;
        size_t size;
        FILE *out = open_memstream(&text, &size);
        const struct zm_evidence evidence = {
            .samples = samples, .count = count, .rows = &rows, .seed = 1};
        assert_int_equal(zm_pareto_print(&evidence, "/lib/z.so", out), 0);
        fclose(out);
        assert_non_null(strstr(text, "wall 500.0 ms (0.50x)  peak RSS 1.0 MiB (1.00x)\n"
                                     "    LD_PRELOAD=/lib/z.so ZMALLOC_BACKEND=jemalloc A=1,b:2 "
                                     "B='it'\\''s $x'\n"));
        assert_null(strstr(text, "  libc"));
        assert_true(!strstr(text, "to be sure") == (count > 2));
        free(text);
    }
    zm_rows_clear(&rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_beats),
        cmocka_unit_test(test_unbeaten),
        cmocka_unit_test(test_noise_beats_nobody),
        cmocka_unit_test(test_lines_to_copy),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
