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

static void test_unbeaten(void **state)
{
    (void)state;
    const struct zm_pareto_cost costs[] = {{1, 1}, {0.8, 1.2}, {0.9, 1.3},
                                           {0, 0}, {1.2, 0.7}, {0.5, 0.5}};
    struct zm_rows rows = {.count = 6};
    bool unbeaten[ZM_ROWS_MAX];
    rows.all[5].control = true;
    assert_int_equal(zm_pareto_find(costs, &rows, unbeaten), 3);
    assert_true(unbeaten[0] && unbeaten[1] && unbeaten[4]);
    assert_false(unbeaten[2] || unbeaten[3] || unbeaten[5]);
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
        const struct zm_evidence evidence = {samples, count, &rows, 1};
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
        cmocka_unit_test(test_lines_to_copy),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
