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

#include "report.h"
#include "table.h"
#include "units.h"

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

static struct zm_sample sample(const char *backend, unsigned block, double wall, uint64_t rss)
{
    return (struct zm_sample){.backend = backend,
                              .block = block,
                              .ok = true,
                              .has_account = true,
                              .wall_s = wall,
                              .user_s = wall / 2,
                              .minflt = 2000,
                              .vmhwm_bytes = rss,
                              .peak_live_bytes = 1 << 20,
                              .allocs = 100};
}

static char *report_of(const struct zm_backend_list *backends, const struct zm_sample *samples,
                       size_t count, bool colour)
{
    char *text;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    struct zm_report report = {"job", backends, samples, count, 99, 3};
    assert_int_equal(zm_report_print(&report, out, colour), 0);
    fclose(out);
    return text;
}

static void test_medians_and_ratios(void **state)
{
    (void)state;
    const struct zm_backend_list backends = {{"jemalloc", "libc", "tcmalloc_minimal"}, 3};
    struct zm_sample samples[] = {
        sample("libc", 1, 2, 200 << 20),       sample("jemalloc", 1, 1, 300 << 20),
        sample("tcmalloc_minimal", 1, 8, 777), sample("jemalloc", 2, 3, 300 << 20),
        sample("libc", 2, 2, 200 << 20),       sample("jemalloc", 3, 1.5, 300 << 20),
        sample("libc", 3, 2, 200 << 20),
    };
    samples[2].ok = false;
    strcpy(samples[2].reason, "signal SIGSEGV");
    char *text = report_of(&backends, samples, 7, false);
    assert_non_null(strstr(text, "jemalloc          1.500 0.75x  0.750 0.75x  300.0 1.50x"));
    assert_non_null(strstr(text, "libc              2.000 1.00x  1.000 1.00x  200.0 1.00x"));
    assert_non_null(strstr(text, "tcmalloc_minimal  failed 1 of 1: signal SIGSEGV"));
    assert_non_null(strstr(text, "1.000-3.000"));
    assert_non_null(strstr(text, "seed 99; x: ratio to libc"));
    assert_null(strchr(text, '\033'));
    free(text);
}

static void test_partial_failure_is_told(void **state)
{
    (void)state;
    const struct zm_backend_list backends = {{"jemalloc"}, 1};
    struct zm_sample samples[] = {sample("jemalloc", 1, 1, 1 << 20), sample("jemalloc", 2, 9, 1)};
    samples[1].ok = false;
    strcpy(samples[1].reason, "exit status 3");
    char *text = report_of(&backends, samples, 2, false);
    assert_non_null(strstr(text, "jemalloc  1.000 1.00x"));
    assert_non_null(strstr(text, "FAILED jemalloc: 1 of 2 samples: exit status 3"));
    assert_non_null(strstr(text, "not all run"));
    free(text);
}

static void test_only_clear_winners_are_marked(void **state)
{
    (void)state;
    const struct zm_backend_list backends = {{"a", "b"}, 2};
    struct zm_sample samples[] = {sample("a", 1, 1, 5 << 20), sample("b", 1, 2, 5 << 20)};
    char *text = report_of(&backends, samples, 2, true);
    assert_non_null(strstr(text, "\033[1;32m1.000 1.00x"));
    assert_non_null(strstr(text, "\033[1;32m0.500 1.00x"));
    assert_null(strstr(text, "\033[1;32m5.000"));
    free(text);
}

static void test_widest_table_fits(void **state)
{
    (void)state;
    const struct zm_backend_list backends = {{"tcmalloc_minimal", "libc"}, 2};
    struct zm_sample samples[] = {
        sample("libc", 1, 1.001, 100000),
        sample("tcmalloc_minimal", 1, 998.9, UINT64_C(999) << 30),
        sample("tcmalloc_minimal", 2, 700.1, UINT64_C(777) << 30),
    };
    samples[1].minflt = 999900000;
    samples[2].minflt = 111100000;
    samples[1].peak_live_bytes = UINT64_C(998) << 20;
    samples[1].allocs = UINT64_C(999000000000);
    char *text = report_of(&backends, samples, 3, false);
    for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
        assert_in_range(strlen(line), 1, 100);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_columns_line_up),
        cmocka_unit_test(test_only_the_best_is_coloured),
        cmocka_unit_test(test_scales),
        cmocka_unit_test(test_ratios),
        cmocka_unit_test(test_medians_and_ratios),
        cmocka_unit_test(test_partial_failure_is_told),
        cmocka_unit_test(test_only_clear_winners_are_marked),
        cmocka_unit_test(test_widest_table_fits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
