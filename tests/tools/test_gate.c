/* The rules of zmalloc check, and what it makes of samples whose truth is known.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/statistics/gate.h"

static void check_rule(const char *text, enum zm_figure figure, bool above, bool relative,
                       double limit)
{
    struct zm_rules rules = {.count = 0};
    assert_null(zm_rules_add(&rules, text));
    assert_int_equal(rules.count, 1);
    assert_int_equal(rules.all[0].figure, figure);
    assert_int_equal(rules.all[0].above, above);
    assert_int_equal(rules.all[0].relative, relative);
    assert_float_equal(rules.all[0].limit, limit, 1e-9 * limit);
}

static void test_rules(void **state)
{
    (void)state;
    check_rule("peak_live > +2 %", ZM_PEAK_LIVE, true, true, 1.02);
    check_rule("  allocs>+0%", ZM_ALLOCATIONS, true, true, 1);
    check_rule("ops_per_s < -5 %", ZM_THROUGHPUT, false, true, 0.95);
    check_rule("peak_rss > 64 MiB", ZM_PEAK_RSS, true, false, 64 << 20);
    check_rule("wall > 1.5 s", ZM_WALL, true, false, 1.5);
    check_rule("latency_p99 > 20 us", ZM_LATENCY_P99, true, false, 20000);
    check_rule("allocs > 2M", ZM_ALLOCATIONS, true, false, 2e6);
    check_rule("allocs > 1000", ZM_ALLOCATIONS, true, false, 1000);
    check_rule("overhead > 20 %", ZM_FRAGMENTATION, true, false, 0.2);
    const char *name;
    for (size_t i = 0; (name = zm_rule_figure_name(i)); i++) {
        struct zm_rules rules = {.count = 0};
        char text[ZM_RULE_TEXT];
        snprintf(text, sizeof text, "%s > +1 %%", name);
        assert_null(zm_rules_add(&rules, text));
    }
}

static void test_bad_rules(void **state)
{
    (void)state;
    const char *const bad[] = {"",
                               "wall",
                               "bogus > +1 %",
                               "wall > ",
                               "wall = +1 %",
                               "wall > +1",
                               "wall > -1 %",
                               "wall < +1 %",
                               "wall < -100 %",
                               "wall > 5",
                               "wall > 5 MiB",
                               "wall > 5 s s",
                               "allocs > 0",
                               "wall > nan s",
                               "wall > +inf %",
                               "peak_live > +2 %                                      and more"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct zm_rules rules = {.count = 0};
        assert_non_null(zm_rules_add(&rules, bad[i]));
        assert_int_equal(rules.count, 0);
    }
    struct zm_rules full = {.count = ZM_RULES_MAX};
    assert_non_null(zm_rules_add(&full, "wall > +1 %"));
}

/* ---- judging ---- */

enum { RUNS = 15 };

static struct zm_rows rows; /* one row */

static struct zm_evidence evidence_of(struct zm_sample *samples, size_t count)
{
    if (rows.count == 0)
        assert_int_equal(zm_row_make("libc", "libc", NULL, &rows.all[rows.count++]), 0);
    for (size_t i = 0; i < count; i++) {
        zm_sample_init(&samples[i], &rows.all[0], (unsigned)i + 1);
        samples[i].ok = true;
    }
    return (struct zm_evidence){.samples = samples, .count = count, .rows = &rows, .seed = 7};
}

static struct zm_ruling judged(const char *text, const struct zm_evidence *before,
                               const struct zm_evidence *now, const char *no_times)
{
    static struct zm_rules rules;
    static struct zm_rulings rulings;
    rules.count = 0;
    assert_null(zm_rules_add(&rules, text));
    assert_int_equal(zm_gate_judge(&rules, before, now, ZM_ROWS_MAX, no_times, &rulings), 0);
    assert_int_equal(rulings.count, 1);
    assert_int_equal(zm_gate_verdict(&rulings), rulings.all[0].verdict);
    return rulings.all[0];
}

static void test_counters_are_exact(void **state)
{
    (void)state;
    struct zm_sample before[RUNS], now[RUNS];
    const struct zm_evidence x = evidence_of(before, RUNS), y = evidence_of(now, RUNS);
    for (size_t i = 0; i < RUNS; i++) {
        before[i].values[ZM_ALLOCATIONS] = 1000000;
        now[i].values[ZM_ALLOCATIONS] = 1000001;
        now[i].values[ZM_PEAK_LIVE] = 64 << 20;
    }
    struct zm_ruling ruling = judged("allocs > +0 %", &x, &y, "made up");
    assert_true(ruling.exact && ruling.verdict == ZM_GATE_REGRESSION);
    assert_int_equal(judged("allocs > +0.001 %", &x, &y, "made up").verdict, ZM_GATE_PASS);
    assert_int_equal(judged("allocs > +0 %", &y, &x, "made up").verdict, ZM_GATE_PASS);
    assert_int_equal(judged("peak_live > 64 MiB", NULL, &y, "made up").verdict, ZM_GATE_PASS);
    assert_int_equal(judged("peak_live > 63.999 MiB", NULL, &y, "made up").verdict,
                     ZM_GATE_REGRESSION);
    ruling = judged("peak_live > +1 %", &x, &y, "made up");
    assert_int_equal(ruling.verdict, ZM_GATE_UNDECIDED);
    assert_string_equal(ruling.why, "it is not known of the baseline");
}

static void test_times_need_a_sure_difference(void **state)
{
    (void)state;
    struct zm_sample before[RUNS], now[RUNS];
    const struct zm_evidence x = evidence_of(before, RUNS), y = evidence_of(now, RUNS);
    for (size_t i = 0; i < RUNS; i++) {
        before[i].values[ZM_WALL] = 1 + 0.01 * (double)(i % 3);
        now[i].values[ZM_WALL] = 1.2 + 0.01 * (double)(i % 4);
    }
    assert_int_equal(judged("wall > +10 %", &x, &y, NULL).verdict, ZM_GATE_REGRESSION);
    assert_int_equal(judged("wall > +40 %", &x, &y, NULL).verdict, ZM_GATE_PASS);
    assert_int_equal(judged("wall > +20 %", &x, &y, NULL).verdict, ZM_GATE_UNDECIDED);
    assert_int_equal(judged("wall > 1.1 s", NULL, &y, NULL).verdict, ZM_GATE_REGRESSION);
    assert_int_equal(judged("wall > 2 s", NULL, &y, NULL).verdict, ZM_GATE_PASS);
    struct zm_ruling ruling = judged("wall > +10 %", &x, &y, "made up");
    assert_string_equal(ruling.why, "made up");
    struct zm_evidence few = y;
    few.count = ZM_INTERVAL_PAIRS - 1;
    assert_string_equal(judged("wall > +10 %", &x, &few, NULL).why, "there are too few runs");
}

static void test_pairs(void **state)
{
    (void)state;
    static struct zm_rules rules;
    static struct zm_rulings rulings;
    struct zm_rows two = {.count = 2, .baseline = 1};
    struct zm_sample samples[2 * RUNS];
    strcpy(two.all[0].label, "libc");
    strcpy(two.all[1].label, "before");
    for (unsigned i = 0; i < 2 * RUNS; i++) {
        double busy = 1 + i / 2 % 5; /* differs from block to block, and is the same within each */
        zm_sample_init(&samples[i], &two.all[i % 2], i / 2 + 1);
        samples[i].ok = true;
        samples[i].values[ZM_WALL] = busy * (i % 2 ? 1 : 1.2 + 0.001 * (i % 3));
    }
    struct zm_evidence evidence = {.samples = samples, .count = 2 * RUNS, .rows = &two, .seed = 7};
    rules.count = 0;
    assert_null(zm_rules_add(&rules, "wall > +10 %"));
    assert_int_equal(zm_gate_judge(&rules, &evidence, &evidence, 1, NULL, &rulings), 0);
    assert_int_equal(rulings.count, 1);
    assert_int_equal(rulings.all[0].row, 0);
    assert_int_equal(rulings.all[0].verdict, ZM_GATE_REGRESSION);
}

/* ---- false alarms, at a limit of 0, where they are most frequent ---- */

enum { COMPARISONS = 1000 };

static double uniform(struct zm_random *random)
{
    return (double)(zm_random_next(random) >> 11) * 0x1p-53;
}

static double normal(struct zm_random *random)
{
    double radius = sqrt(-2 * log(1 - uniform(random)));
    return exp(0.02 * radius * cos(6.283185307179586 * uniform(random)));
}

static double spiked(struct zm_random *random)
{
    return normal(random) * (uniform(random) < 0.15 ? 1 + 0.3 * uniform(random) : 1);
}

#include "recorded_walls.h"

static double drawn(struct zm_random *random)
{
    return recorded_walls[zm_random_below(random, sizeof recorded_walls / sizeof *recorded_walls)];
}

static void test_false_alarms(void **state)
{
    (void)state;
    double (*const sources[])(struct zm_random *) = {normal, spiked, drawn};
    struct zm_sample before[RUNS], now[RUNS];
    struct zm_evidence x = evidence_of(before, RUNS), y = evidence_of(now, RUNS);
    for (size_t s = 0; s < sizeof sources / sizeof *sources; s++) {
        struct zm_random random = {99 + s};
        unsigned alarms = 0;
        for (uint64_t i = 0; i < COMPARISONS; i++) {
            for (size_t r = 0; r < RUNS; r++) {
                before[r].values[ZM_WALL] = sources[s](&random);
                now[r].values[ZM_WALL] = sources[s](&random);
            }
            y.seed = i;
            alarms += judged("wall > +0 %", &x, &y, NULL).verdict == ZM_GATE_REGRESSION;
        }
        print_message("false alarms of source %zu: %u of %d\n", s, alarms, COMPARISONS);
        assert_in_range(alarms, 0, 3); /* of 1 on average; more than 3 come in 2 of 100 seeds */
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rules),
        cmocka_unit_test(test_bad_rules),
        cmocka_unit_test(test_counters_are_exact),
        cmocka_unit_test(test_times_need_a_sure_difference),
        cmocka_unit_test(test_pairs),
        cmocka_unit_test(test_false_alarms),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
