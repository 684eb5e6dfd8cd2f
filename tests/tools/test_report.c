/* Tables, scales, and the report of a comparison whose samples are known.
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

#include "tools/common/table.h"
#include "tools/common/units.h"
#include "tools/reporting/text.h"

static void test_columns_line_up(void **state)
{
    (void)state;
    char *text;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    struct zm_table *table = zm_table_new("lrl");
    zm_table_cell(table, "name");
    zm_table_cell(table, "n");
    zm_table_cell(table, "end");
    zm_table_cell(table, "a");
    zm_table_best(table, "%d", 1234);
    zm_table_cell(table, "%s", "");
    zm_table_cell(table, "b");
    zm_table_aside(table, "runs over the rest of the row");
    assert_int_equal(zm_table_print(table, out, false), 0);
    zm_table_free(table);
    fclose(out);
    assert_string_equal(text, "name     n  end\n"
                              "a     1234\n"
                              "b     runs over the rest of the row\n");
    free(text);
}

static void test_only_the_best_is_coloured(void **state)
{
    (void)state;
    char *text;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    struct zm_table *table = zm_table_new("rr");
    zm_table_cell(table, "12");
    zm_table_best(table, "7");
    assert_int_equal(zm_table_print(table, out, true), 0);
    zm_table_free(table);
    fclose(out);
    assert_string_equal(text, "12  \033[1;32m7\033[0m\n");
    free(text);
}

static void check_scale(enum zm_quantity quantity, double value, const char *expected)
{
    char buf[32], all[64];
    struct zm_scale scale = zm_scale_for(quantity, value);
    snprintf(all, sizeof all, "%s %s", zm_scaled(&scale, value, buf, sizeof buf), scale.unit);
    assert_string_equal(all, expected);
}

static void test_scales(void **state)
{
    (void)state;
    check_scale(ZM_SECONDS, 0.0000125, "12.50 us");
    check_scale(ZM_SECONDS, 0.9999, "999.9 ms");
    check_scale(ZM_SECONDS, 0.99996, "1.000 s");
    check_scale(ZM_SECONDS, 123.44, "123.4 s");
    check_scale(ZM_SECONDS, 54321, "54321 s");
    check_scale(ZM_BYTES, 512, "512 B");
    check_scale(ZM_BYTES, 1024, "1.000 KiB");
    check_scale(ZM_BYTES, 1023.99 * 1024 * 1024, "1.000 GiB");
    check_scale(ZM_BYTES, 47.5 * 1024 * 1024, "47.50 MiB");
    check_scale(ZM_NANOSECONDS, 41.5, "41.50 ns");
    check_scale(ZM_NANOSECONDS, 12345, "12.35 us");
    check_scale(ZM_SHARE, 0.352, "35.20 %");
    check_scale(ZM_COUNT, 7, "7 ");
    check_scale(ZM_COUNT, 1000, "1.000 k");
    check_scale(ZM_COUNT, 3361749, "3.362 M");
}

static void test_ratios(void **state)
{
    (void)state;
    char buf[32];
    assert_string_equal(zm_ratio(3, 2, buf, sizeof buf), "1.50x");
    assert_string_equal(zm_ratio(9.996, 1, buf, sizeof buf), "10.0x");
    assert_string_equal(zm_ratio(99.96, 1, buf, sizeof buf), "100x");
    assert_string_equal(zm_ratio(12345, 1, buf, sizeof buf), ">999x");
    assert_string_equal(zm_ratio(1, 0, buf, sizeof buf), "-");
}

static const struct zm_rows *rows_of(const char *const *names, size_t count, bool control)
{
    static struct zm_rows rows;
    struct zm_backend_list list = {.count = count};
    for (size_t i = 0; i < count; i++)
        list.names[i] = (char *)(uintptr_t)names[i];
    zm_rows_clear(&rows);
    assert_int_equal(zm_rows_from_backends("test", &list, &rows), 0);
    if (control)
        assert_int_equal(zm_rows_add_control(&rows), 0);
    return &rows;
}

static struct zm_sample sample(const struct zm_rows *rows, size_t row, unsigned block, double wall,
                               double rss)
{
    struct zm_sample s;
    zm_sample_init(&s, &rows->all[row], block);
    s.ok = true;
    s.values[ZM_WALL] = wall;
    s.values[ZM_USER] = wall / 2;
    s.values[ZM_SYS] = 0;
    s.values[ZM_MINOR_FAULTS] = 2000;
    s.values[ZM_PEAK_RSS] = rss;
    s.values[ZM_PEAK_LIVE] = 1 << 20;
    s.values[ZM_ALLOCATIONS] = 100;
    return s;
}

static char *report_of(const struct zm_rows *rows, const struct zm_sample *samples, size_t count,
                       bool colour)
{
    char *text;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    struct zm_text_report report = {
        .workload = "job", .evidence = {samples, count, rows, 99}, .ending = "by test"};
    assert_int_equal(zm_text_report_print(&report, out, colour), 0);
    fclose(out);
    return text;
}

#define BLOCKS 10

/* What rows 0 (libc), 1, 2 and the control take in ten blocks that differ a lot among themselves.
 */
static char *known_report(bool colour)
{
    const struct zm_rows *rows =
        rows_of((const char *const[]){"libc", "jemalloc", "mimalloc"}, 3, true);
    struct zm_sample samples[4 * BLOCKS];
    for (unsigned b = 0; b < BLOCKS; b++) {
        double busy = 1 + 0.2 * (b % 3), wobble = 1 + 0.001 * (b % 4);
        samples[4 * b] = sample(rows, 0, b + 1, busy, 100 << 20);
        samples[4 * b + 1] = sample(rows, 1, b + 1, busy * wobble * 0.9, 150 << 20);
        samples[4 * b + 2] = sample(rows, 2, b + 1, busy * (b % 2 ? 1.01 : 0.99), 100 << 20);
        samples[4 * b + 3] = sample(rows, 3, b + 1, busy * (b % 2 ? 0.997 : 1.003), 100 << 20);
    }
    return report_of(rows, samples, 4 * BLOCKS, colour);
}

static void test_changes_and_verdict(void **state)
{
    (void)state;
    char *text = known_report(false);
    assert_non_null(strstr(text, "jemalloc    1.081    -9.9 +-0.1  540.3    -9.9 +-0.1"));
    assert_non_null(strstr(text, "150.0     +50 +-0.0"));
    assert_non_null(strstr(text, "= -0.0 +-"));
    assert_non_null(strstr(text, "libc again"));
    assert_non_null(strstr(text, "10 blocks in shuffled order, seed 99; by test"));
    assert_non_null(strstr(text, "noise floor (libc against itself): wall 0."));
    puts(text);
    assert_non_null(strstr(text, "jemalloc takes 9.9 % +- 0.1 % less time than libc and uses 50 % "
                                 "more memory at peak. mimalloc: no\ndifference from libc in time "
                                 "or memory.\n"));
    assert_null(strchr(text, '\033'));
    for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
        assert_in_range(strlen(line), 1, 100);
    free(text);
}

static void test_only_told_winners_are_marked(void **state)
{
    (void)state;
    char *text = known_report(true);
    assert_non_null(strstr(text, "\033[1;32m-9.9 +-0.1"));
    assert_null(strstr(text, "\033[1;32m150.0"));
    assert_null(strstr(text, "\033[1;32m= "));
    free(text);
}

static void test_too_few_blocks(void **state)
{
    (void)state;
    const struct zm_rows *rows = rows_of((const char *const[]){"libc", "jemalloc"}, 2, false);
    struct zm_sample samples[] = {sample(rows, 0, 1, 2, 100), sample(rows, 1, 1, 1.5, 100)};
    char *text = report_of(rows, samples, 2, false);
    assert_non_null(strstr(text, "-25 +-?"));
    assert_non_null(strstr(text, "Too few blocks"));
    free(text);
}

static void test_failures_are_told(void **state)
{
    (void)state;
    const struct zm_rows *rows =
        rows_of((const char *const[]){"libc", "jemalloc", "mimalloc"}, 3, false);
    struct zm_sample samples[] = {sample(rows, 0, 1, 1, 1 << 20), sample(rows, 0, 2, 9, 1),
                                  sample(rows, 1, 1, 1, 1)};
    samples[1].ok = samples[2].ok = false;
    strcpy(samples[1].reason, "exit status 3");
    strcpy(samples[2].reason, "signal SIGSEGV");
    char *text = report_of(rows, samples, 3, false);
    assert_non_null(strstr(text, "libc      1.000"));
    assert_non_null(strstr(text, "jemalloc  failed 1 of 1: signal SIGSEGV"));
    assert_non_null(strstr(text, "mimalloc  not run"));
    assert_non_null(strstr(text, "FAILED libc: 1 of 2 runs: exit status 3"));
    free(text);
}

static void test_nothing_counts(void **state)
{
    (void)state;
    const struct zm_rows *rows = rows_of((const char *const[]){"libc"}, 1, false);
    struct zm_sample one = sample(rows, 0, 1, 1, 1);
    one.ok = false;
    strcpy(one.reason, "exit status 3");
    char *text = report_of(rows, &one, 1, false);
    assert_non_null(strstr(text, "libc  failed 1 of 1: exit status 3"));
    free(text);
}

static void test_widest_table_fits(void **state)
{
    (void)state;
    const struct zm_rows *rows =
        rows_of((const char *const[]){"libc", "a-label-of-24-characters"}, 2, true);
    struct zm_sample samples[3 * BLOCKS];
    for (unsigned b = 0; b < BLOCKS; b++) {
        for (size_t r = 0; r < 3; r++) {
            struct zm_sample *s = &samples[3 * b + r];
            *s = sample(rows, r, b + 1, r == 1 ? 999.9 : 333.3 * (b % 2 ? 1.9 : 1),
                        r == 1 ? 999.9 * (1 << 30) : 600.0 * (1 << 30));
            for (size_t f = ZM_INSTRUCTIONS; f < ZM_MEASURED; f++)
                s->values[f] = r == 1 ? 999.9e9 : 1;
            s->values[ZM_MINOR_FAULTS] = r == 1 ? 999.9e6 : 1;
            s->values[ZM_PEAK_LIVE] = 20 << 20;
            s->values[ZM_ALLOCATIONS] = 999e9;
        }
    }
    char *text = report_of(rows, samples, 3 * BLOCKS, false);
    assert_non_null(strstr(text, "p99.9"));
    assert_non_null(strstr(text, "drained 5s"));
    for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
        assert_in_range(strlen(line), 1, 100);
    free(text);
}

static void test_no_fragmentation_of_small_heaps(void **state)
{
    (void)state;
    const struct zm_rows *rows = rows_of((const char *const[]){"libc"}, 1, false);
    struct zm_sample s = sample(rows, 0, 1, 1, 30 << 20);
    s.values[ZM_PEAK_LIVE] = 16 << 20;
    assert_float_equal(zm_figure_of(&s, ZM_FRAGMENTATION), 14.0 / 16, 1e-9);
    s.values[ZM_PEAK_LIVE] = (16 << 20) - 1;
    assert_true(zm_figure_of(&s, ZM_FRAGMENTATION) < 0);
}

static void test_every_figure_is_listed_once(void **state)
{
    (void)state;
    size_t places = 0;
    for (const struct zm_figure_info *info; (info = zm_figure_at(places)); places++) {
        enum zm_figure found;
        assert_ptr_equal(zm_figure_info(info->figure), info);
        assert_int_equal(info->from != NULL, info->figure >= ZM_MEASURED);
        assert_int_equal(zm_figure_find(info->key, &found), info->figure < ZM_MEASURED);
        if (info->figure < ZM_MEASURED)
            assert_int_equal(found, info->figure);
    }
    assert_int_equal(places, ZM_FIGURES);
    for (size_t place = 0; place < ZM_HEADLINE; place++)
        assert_non_null(zm_figure_at(place)->title);
}

/* The columns stand in the order of the list, whatever the order of the enumeration. */
static void test_columns_are_in_the_order_of_the_list(void **state)
{
    (void)state;
    static struct zm_sample samples[1];
    const struct zm_rows *rows = rows_of((const char *const[]){"libc"}, 1, false);
    samples[0] = sample(rows, 0, 1, 1, 1 << 30);
    for (size_t f = 0; f < ZM_MEASURED; f++)
        samples[0].values[f] = samples[0].values[f] < 0 ? 1 : samples[0].values[f];
    samples[0].values[ZM_PEAK_LIVE] = 20 << 20;
    char *text = report_of(rows, samples, 1, false);
    const char *at = text;
    const struct zm_figure_info *info;
    for (size_t place = 0; (info = zm_figure_at(place)); place++) {
        if (!info->title)
            continue;
        at = strstr(at, info->title);
        assert_non_null(at);
        at += strlen(info->title);
    }
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_columns_line_up),
        cmocka_unit_test(test_every_figure_is_listed_once),
        cmocka_unit_test(test_columns_are_in_the_order_of_the_list),
        cmocka_unit_test(test_only_the_best_is_coloured),
        cmocka_unit_test(test_scales),
        cmocka_unit_test(test_ratios),
        cmocka_unit_test(test_changes_and_verdict),
        cmocka_unit_test(test_only_told_winners_are_marked),
        cmocka_unit_test(test_too_few_blocks),
        cmocka_unit_test(test_failures_are_told),
        cmocka_unit_test(test_nothing_counts),
        cmocka_unit_test(test_widest_table_fits),
        cmocka_unit_test(test_no_fragmentation_of_small_heaps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
