/* What is shown of text that may hold anything.
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

#include "tools/common/printable.h"
#include "tools/common/table.h"

static void check(const char *text, const char *expected)
{
    char buf[256], *file;
    size_t size;
    assert_string_equal(zm_printable(text, buf, sizeof buf), expected);
    FILE *out = open_memstream(&file, &size);
    zm_put_printable(out, text);
    fclose(out);
    assert_string_equal(file, expected);
    free(file);
}

static void test_printable_text_stays(void **state)
{
    (void)state;
    check("", "");
    check("jemalloc 5.3 (\\)\t~", "jemalloc 5.3 (\\)\t~");
    check("Größe \xe2\x82\xac \xf0\x9f\x9a\x80", "Größe \xe2\x82\xac \xf0\x9f\x9a\x80");
}

static void test_control_characters(void **state)
{
    (void)state;
    check("\033]0;owned\a\033[2J", "\\x1b]0;owned\\x07\\x1b[2J");
    check("a\nb\rc\x7f", "a\\nb\\x0dc\\x7f");
    check("\x9b"
          "31m",
          "\\x9b31m"); /* the one-byte CSI, and the same as UTF-8 */
    check("\xc2\x9b"
          "31m",
          "\\xc2\\x9b31m");
    check("\xe2\x80\xae\xe2\x80\xa8",
          "\\xe2\\x80\\xae\\xe2\\x80\\xa8"); /* right to left; a line's end */
}

static void test_what_is_no_utf8(void **state)
{
    (void)state;
    check("\xff\xc3", "\\xff\\xc3");
    check("\xc0\xafx", "\\xc0\\xafx");                 /* too long */
    check("\xed\xa0\x80", "\\xed\\xa0\\x80");          /* a surrogate */
    check("\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80"); /* beyond the last character */
    check("\xe2\x82", "\\xe2\\x82");                   /* cut off */
    check("\xe2\033[m", "\\xe2\\x1b[m");               /* which must not hide what follows */
}

static void test_every_byte_is_harmless(void **state)
{
    (void)state;
    for (int first = 1; first < 256; first++) {
        for (int second = 1; second < 256; second++) {
            char buf[64], text[] = {(char)first, (char)second, '\0'};
            zm_printable(text, buf, sizeof buf);
            for (const char *c = buf; *c; c++)
                assert_true(*c == '\t' || ((unsigned char)*c >= 0x20 && *c != 0x7f));
        }
    }
}

static void test_cut_off_between_characters(void **state)
{
    (void)state;
    char buf[6];
    assert_string_equal(zm_printable("ab\033", buf, sizeof buf), "ab");
    assert_string_equal(zm_printable("a\033b", buf, sizeof buf), "a\\x1b");
    assert_string_equal(zm_printable("abcd\xc3\xb6", buf, sizeof buf), "abcd");
}

static void test_cells_of_tables(void **state)
{
    (void)state;
    char *text;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    struct zm_table *table = zm_table_new("lr");
    zm_table_cell(table, "%s", "a\033[31m");
    zm_table_best(table, "%s", "1\n");
    zm_table_aside(table, "%s", "\x9b");
    assert_int_equal(zm_table_print(table, out, true), 0);
    zm_table_free(table);
    fclose(out);
    assert_string_equal(text, "a\\x1b[31m  \033[1;32m1\\n\033[0m\n\\x9b\n");
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_printable_text_stays),
        cmocka_unit_test(test_control_characters),
        cmocka_unit_test(test_what_is_no_utf8),
        cmocka_unit_test(test_every_byte_is_harmless),
        cmocka_unit_test(test_cut_off_between_characters),
        cmocka_unit_test(test_cells_of_tables),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
