/* Tables, and the figures in them.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "tools/common/table.h"
#include "tools/common/units.h"
#include "tools/common/width.h"

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

/* A letter of two bytes, letters that take two columns, an accent that takes none. */
static void test_columns_count_no_bytes(void **state)
{
    (void)state;
    char *text;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    struct zm_table *table = zm_table_new("lr");
    zm_table_cell(table, "gr\u00fcn");
    zm_table_cell(table, "1");
    zm_table_cell(table, "\u6f22\u5b57");
    zm_table_cell(table, "22");
    zm_table_cell(table, "e\u0301");
    zm_table_cell(table, "333");
    assert_int_equal(zm_table_print(table, out, false), 0);
    zm_table_free(table);
    fclose(out);
    assert_string_equal(text, "gr\u00fcn    1\n"
                              "\u6f22\u5b57   22\n"
                              "e\u0301     333\n");
    free(text);
    assert_int_equal(zm_width("\xff\xfe"), 2);
    assert_int_equal(zm_width(""), 0);
    assert_int_equal(zm_padding("\u6f22", 5), 3);
    assert_int_equal(zm_padding("too long", 5), 0);
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
    check_scale(ZM_COUNT, 9999999e12, "9999999 T");
    check_scale(ZM_COUNT, 1e300, "1e+288 T");
    check_scale(ZM_SECONDS, 1e300, "1e+300 s");
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_columns_line_up),
        cmocka_unit_test(test_columns_count_no_bytes),
        cmocka_unit_test(test_only_the_best_is_coloured),
        cmocka_unit_test(test_scales),
        cmocka_unit_test(test_ratios),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
