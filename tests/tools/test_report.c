/* The report of a comparison whose samples are known.
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

#include "tools/reporting/change.h"
#include "tools/reporting/text.h"

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
        .workload = "job",
        .evidence = {.samples = samples, .count = count, .rows = rows, .seed = 99},
        .ending = "by test"};
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
    assert_non_null(strstr(text, "jemalloc    1.081   -10.0..-9.8  540.3   -10.0..-9.8"));
    assert_non_null(strstr(text, "150.0    +50"));
    assert_non_null(strstr(text, "= 0.0"));
    assert_non_null(strstr(text, "libc again"));
    assert_non_null(strstr(text, "10 blocks in shuffled order, seed 99; by test"));
    assert_non_null(strstr(text, "noise floor (libc against itself): wall 0."));
    puts(text);
    assert_non_null(strstr(text, "jemalloc takes 9.8 to 10.0 % less time than libc and uses 50 % "
                                 "more memory at\npeak. mimalloc: no difference from libc in time "
                                 "or memory.\n"));
    assert_null(strchr(text, '\033'));
    for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
        assert_in_range(strlen(line), 1, 80);
    free(text);
}

static void test_only_told_winners_are_marked(void **state)
{
    (void)state;
    char *text = known_report(true);
    assert_non_null(strstr(text, "\033[1;32m-10.0..-9.8"));
    assert_null(strstr(text, "\033[1;32m150.0"));
    assert_null(strstr(text, "\033[1;32m= "));
    free(text);
}

static struct zm_finding finding_of(double low, double ratio, double high)
{
    return (struct zm_finding){.interval = {10, ratio, low, high},
                               .difference = low > 1    ? ZM_HIGHER
                                             : high < 1 ? ZM_LOWER
                                                        : ZM_NO_DIFFERENCE};
}

static void check_change(double low, double ratio, double high, const char *shown,
                         const char *words)
{
    char buf[64], *text;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    struct zm_finding finding = finding_of(low, ratio, high);
    assert_string_equal(zm_change(&finding, buf, sizeof buf), shown);
    if (finding.difference != ZM_NO_DIFFERENCE)
        zm_change_in_words(out, &finding.interval, "time");
    fclose(out);
    assert_string_equal(text, words);
    free(text);
}

/* Symmetric about the ratio, the first would be "+23 +-26", which holds 0. */
static void test_changes_go_from_low_to_high(void **state)
{
    (void)state;
    check_change(1.01, 1.23, 1.498, "+1.0..+50", "1.0 to 50 % more time");
    check_change(0.5, 0.75, 0.98, "-50..-2.0", "2.0 to 50 % less time");
    check_change(1.376, 1.38, 1.384, "+38", "38 % more time");
    check_change(1.37, 1.373, 1.376, "+37.0..+37.6", "37.0 to 37.6 % more time");
    check_change(0.999, 1.0003, 1.002, "= -0.1..+0.2", "");
    check_change(1, 1, 1, "= 0.0", "");
    check_change(1.9, 2.7, 3.8, "1.9..3.8x", "1.9 to 3.8 times the time");
    check_change(3, 3, 3, "3.0x", "3.0 times the time");
    check_change(0.9, 1.9, 40, "= -10..>+999", "");
}

static void test_too_few_blocks(void **state)
{
    (void)state;
    const struct zm_rows *rows = rows_of((const char *const[]){"libc", "jemalloc"}, 2, false);
    struct zm_sample samples[] = {sample(rows, 0, 1, 2, 100), sample(rows, 1, 1, 1.5, 100)};
    char *text = report_of(rows, samples, 2, false);
    assert_non_null(strstr(text, "-25 ?"));
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

/* Wall times of a self-reporting program that are 0 tell nothing; its memory is known all the same.
 */
static void test_each_figure_is_known_for_itself(void **state)
{
    (void)state;
    const struct zm_rows *rows = rows_of((const char *const[]){"libc", "jemalloc"}, 2, false);
    struct zm_sample samples[2 * BLOCKS];
    for (unsigned b = 0; b < BLOCKS; b++) {
        samples[2 * b] = sample(rows, 0, b + 1, 0, 100 << 20);
        samples[2 * b + 1] = sample(rows, 1, b + 1, 0, 150 << 20);
    }
    char *text = report_of(rows, samples, 2 * BLOCKS, false);
    assert_non_null(strstr(text,
                           "jemalloc uses 50 % more memory at peak than libc; its time is not "
                           "known well\nenough."));
    assert_null(strstr(text, "Too few blocks"));
    free(text);
}

static void test_what_is_too_small_to_see(void **state)
{
    (void)state;
    const struct zm_rows *rows = rows_of((const char *const[]){"libc", "jemalloc"}, 2, false);
    struct zm_sample samples[] = {sample(rows, 0, 1, 1, 1 << 20), sample(rows, 1, 1, 1, 1 << 20)};
    samples[0].values[ZM_PEAK_LIVE] = 64 << 10;
    samples[0].values[ZM_LATENCY_P50] = 40;
    samples[1].values[ZM_PEAK_LIVE] = samples[1].values[ZM_LATENCY_P50] = 0;
    samples[1].values[ZM_PEAK_SLACK] = 14336;
    samples[1].values[ZM_CLOCK] = 25;
    char *text = report_of(rows, samples, 2, false);
    assert_non_null(strstr(text, "<14.00     -"));
    assert_non_null(strstr(text, "<25.00     -"));
    samples[1].values[ZM_PEAK_SLACK] = samples[1].values[ZM_CLOCK] = -1; /* of an old file */
    free(text);
    text = report_of(rows, samples, 2, false);
    assert_null(strstr(text, " 0.00 "));
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
    assert_non_null(strstr(text, "medians of nothing, for no run counts"));
    assert_null(strstr(text, "noise floor"));
    assert_non_null(strstr(text, "No run counts, so nothing can be told."));
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
        cmocka_unit_test(test_every_figure_is_listed_once),
        cmocka_unit_test(test_columns_are_in_the_order_of_the_list),
        cmocka_unit_test(test_changes_and_verdict),
        cmocka_unit_test(test_only_told_winners_are_marked),
        cmocka_unit_test(test_changes_go_from_low_to_high),
        cmocka_unit_test(test_too_few_blocks),
        cmocka_unit_test(test_failures_are_told),
        cmocka_unit_test(test_each_figure_is_known_for_itself),
        cmocka_unit_test(test_what_is_too_small_to_see),
        cmocka_unit_test(test_nothing_counts),
        cmocka_unit_test(test_widest_table_fits),
        cmocka_unit_test(test_no_fragmentation_of_small_heaps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
