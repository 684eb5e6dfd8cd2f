/* The text readers and the Linux formats, from memory: cut at every byte, fed in every piece size.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "helpers.h"
#include "sysinfo/linux/parse.h"

/* A copy of exactly `length` bytes, so that ASan sees one byte too many. */
static char *exact(const char *text, size_t length)
{
    char *copy = malloc(length ? length : 1);
    assert_non_null(copy);
    memcpy(copy, text, length);
    return copy;
}

static void numbers(void **state)
{
    static const struct {
        const char *text;
        bool ok;
        uint64_t value;
        size_t left;
    } cases[] = {
        {"0", true, 0, 0},
        {"12 kB", true, 12, 3},
        {"18446744073709551615", true, UINT64_MAX, 0},
        {"18446744073709551616", false, 0, 20},
        {"99999999999999999999999", false, 0, 23},
        {"", false, 0, 0},
        {"-1", false, 0, 2},
        {" 1", false, 0, 2},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *copy = exact(cases[i].text, strlen(cases[i].text));
        struct zm_text text = {copy, strlen(cases[i].text)};
        uint64_t value = 0;
        assert_int_equal(zm_text_number(&text, &value), cases[i].ok);
        assert_int_equal(value, cases[i].value);
        assert_int_equal(text.length, cases[i].left);
        free(copy);
    }
}

static void statm_cut_at_every_byte(void **state)
{
    static const char text[] = "765 404 382 5 0 90 0\n";
    struct zm_statm pages;
    (void)state;
    assert_int_equal(zm_statm_parse(text, sizeof text - 1, &pages), 0);
    assert_int_equal(pages.size, 765);
    assert_int_equal(pages.resident, 404);
    assert_int_equal(pages.shared, 382);
    for (size_t cut = 0; cut < sizeof text - 1; cut++) {
        char *copy = exact(text, cut);
        assert_int_equal(zm_statm_parse(copy, cut, &pages), -EPROTO);
        free(copy);
    }
}

static void statm_of_another_kind(void **state)
{
    static const char *const bad[] = {"\n",
                                      "1 2\n",
                                      "1 2 3\n",
                                      "a b c d\n",
                                      "1  2\n",
                                      "1 -2 3 4\n",
                                      "1 99999999999999999999 3 4\n"};
    struct zm_statm pages;
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(zm_statm_parse(bad[i], strlen(bad[i]), &pages), -EPROTO);
}

static int sum(const char *text, size_t length, size_t step, const char *name,
               struct zm_kb_sums *sums)
{
    char line[ZM_KB_LINE];
    struct zm_lines lines = {line, sizeof line, 0, false};
    memset(sums, 0, sizeof *sums);
    sums->names[0].at = name;
    sums->names[0].length = strlen(name);
    sums->count = 1;
    for (size_t at = 0; at < length; at += step) {
        size_t piece = length - at < step ? length - at : step;
        char *copy = exact(text + at, piece);
        int result = zm_lines_feed(&lines, copy, piece, zm_kb_line, sums);
        free(copy);
        if (result)
            return result;
    }
    return zm_lines_end(&lines);
}

static const char smaps[] =
    "55d0c2a00000-55d0c2a02000 r--p 00000000 fe:00 1311                       /usr/bin/cat\n"
    "Size:                  8 kB\n"
    "Pss:                   4 kB\n"
    "Private_Clean:         0 kB\n"
    "Private_Dirty:         8 kB\n"
    "THPeligible:           0\n"
    "VmFlags: rd mr mw me dw sd \n"
    "7ffd1d3f0000-7ffd1d411000 rw-p 00000000 00:00 0                          [stack]\n"
    "Size:                132 kB\n"
    "Pss:                  20 kB\n"
    "Private_Clean:         4 kB\n"
    "Private_Dirty:        20 kB\n"
    "THPeligible:           0\n"
    "VmFlags: rd wr mr mw me gd ac \n";

static void smaps_sums_in_every_piece_size(void **state)
{
    struct zm_kb_sums sums;
    (void)state;
    for (size_t step = 1; step <= sizeof smaps; step++) {
        assert_int_equal(sum(smaps, sizeof smaps - 1, step, "Private_Dirty", &sums), 0);
        assert_int_equal(sums.seen, 1);
        assert_int_equal(sums.bytes[0], 28 * 1024);
    }
}

static void smaps_cut_at_every_byte(void **state)
{
    const char *first = strstr(smaps, "        8 kB\nTHP"),
               *second = strstr(smaps, "       20 kB\nTHP");
    size_t first_end = (size_t)(first - smaps) + strlen("        8 kB\n");
    size_t second_end = (size_t)(second - smaps) + strlen("       20 kB\n");
    struct zm_kb_sums sums;
    (void)state;
    for (size_t cut = 0; cut < sizeof smaps - 1; cut++) {
        uint64_t expected = cut >= second_end ? 28 : cut >= first_end ? 8 : 0;
        int result = sum(smaps, cut, 4096, "Private_Dirty", &sums);
        assert_int_equal(result, cut && smaps[cut - 1] != '\n' ? -EPROTO : 0);
        assert_int_equal(sums.bytes[0], expected * 1024);
    }
}

static void names_match_whole_and_at_line_starts(void **state)
{
    static const char text[] = "Private_Dirty_Extra:  5 kB\n"
                               "XPrivate_Dirty:  5 kB\n"
                               " Private_Dirty:  5 kB\n"
                               "00-01 r--p 0 0:0 0  /a Private_Dirty:  5 kB\n"
                               "Private_Dirt:  5 kB\n"
                               "Private_Dirty :  5 kB\n";
    struct zm_kb_sums sums;
    (void)state;
    assert_int_equal(sum(text, sizeof text - 1, 4096, "Private_Dirty", &sums), 0);
    assert_int_equal(sums.seen, 0);
    assert_int_equal(sums.bytes[0], 0);
}

static void values_without_a_figure(void **state)
{
    static const struct {
        const char *text;
        int result;
    } cases[] = {
        {"F:  0\n", -EINVAL},
        {"F: rd wr\n", -EINVAL},
        {"F:\n", -EINVAL},
        {"F: 1 MB\n", -EINVAL},
        {"F: x kB\n", -EPROTO},
        {"F: 1x kB\n", -EPROTO},
        {"F: -1 kB\n", -EPROTO},
        {"F: kB\n", -EPROTO},
        {"F: 18014398509481984 kB\n", -EPROTO},
        {"F: 1 kB \n", -EINVAL},
        {"F: 18014398509481983 kB\n", 0},
        {"F:1 kB\n", 0},
        {"F: 18014398509481983 kB\nF: 1 kB\n", -EPROTO},
    };
    struct zm_kb_sums sums;
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        if (sum(cases[i].text, strlen(cases[i].text), 4096, "F", &sums) != cases[i].result)
            fail_msg("'%s' did not give %d", cases[i].text, cases[i].result);
    }
}

/* What is left of a line too long for the room may look whole. */
static void cut_lines_are_no_figures(void **state)
{
    char text[ZM_KB_LINE + 16];
    struct zm_kb_sums sums;
    (void)state;
    memset(text, ' ', sizeof text);
    memcpy(text, "F:", 2);
    memcpy(text + ZM_KB_LINE - 4, "1 kB", 4);
    text[ZM_KB_LINE] = '\n';
    assert_int_equal(sum(text, ZM_KB_LINE + 1, 4096, "F", &sums), 0);
    assert_int_equal(sums.bytes[0], 1024);
    memcpy(text + ZM_KB_LINE, "ilometres\n", 10);
    assert_int_equal(sum(text, ZM_KB_LINE + 10, 4096, "F", &sums), -EINVAL);
    assert_int_equal(sums.bytes[0], 0);
}

/* Where every line stands for itself. `bad`, `seen`: the bits of F and G. */
static void first_lines(void **state)
{
    static const struct {
        const char *text;
        uint32_t seen, bad;
        int result;
    } cases[] = {
        {"F: 1 kB\nG: 2 kB\n", 3, 0, ZM_LINES_ENOUGH},
        {"G: 2 kB\nF: 1 kB\nF: x kB\n", 3, 0, ZM_LINES_ENOUGH},
        {"F: 1 kB\nF: 5 kB\n", 1, 0, 0},
        {"F: x kB\nF: 1 kB\nG: 2 kB\n", 2, 1, ZM_LINES_ENOUGH},
        {"F: 1\nG: 2 kB", 0, 1, -EPROTO},
        {"F: 1 kB\nG: 2", 1, 0, -EPROTO},
        {"H: 1 kB\n", 0, 0, 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct zm_kb_sums sums = {.names = {{"F", 1}, {"G", 1}}, .count = 2};
        char line[ZM_KB_LINE];
        struct zm_lines lines = {line, sizeof line, 0, false};
        size_t length = strlen(cases[i].text);
        char *copy = exact(cases[i].text, length);
        int result = zm_lines_feed(&lines, copy, length, zm_kb_first_line, &sums);
        assert_int_equal(result ? result : zm_lines_end(&lines), cases[i].result);
        assert_int_equal(sums.seen, cases[i].seen);
        assert_int_equal(sums.bad, cases[i].bad);
        assert_int_equal(sums.bytes[0], sums.seen & 1 ? 1024 : 0);
        assert_int_equal(sums.bytes[1], sums.seen & 2 ? 2048 : 0);
        free(copy);
    }
}

/* However long the padding is and however it is fed; but within a line NUL is a byte like others.
 */
static void nul_bytes_at_line_starts(void **state)
{
    char text[400] = "\0\0F: 1 kB\n\0\n\0F: 2 kB\n";
    struct zm_kb_sums sums;
    (void)state;
    for (size_t step = 1; step <= sizeof text; step++) {
        assert_int_equal(sum(text, sizeof text, step, "F", &sums), 0);
        assert_int_equal(sums.bytes[0], 3 * 1024);
    }
    assert_int_equal(sum("F: 1\0 kB\n", 9, 4096, "F", &sums), -EPROTO);
    assert_int_equal(sum("F\0: 1 kB\n", 9, 4096, "F", &sums), 0);
    assert_int_equal(sums.seen, 0);
}

/* A path may hold what looks like a field: wherever a buffer ends within it, it is no line. */
static void poison_at_every_offset(void **state)
{
    static const char poison[] = "Private_Dirty: 999999999 kB";
    static const char tail[] = "\nPrivate_Dirty:         8 kB\n";
    char text[4096];
    struct zm_kb_sums sums;
    (void)state;
    for (size_t offset = 0; offset < 1200; offset++) {
        size_t length = (size_t)sprintf(text, "7f00-7f01 r--p 00000000 fe:00 1 /");
        memset(text + length, 'a', offset);
        length += offset;
        memcpy(text + length, poison, sizeof poison - 1);
        length += sizeof poison - 1;
        memcpy(text + length, tail, sizeof tail - 1);
        length += sizeof tail - 1;
        assert_int_equal(sum(text, length, 1 + offset, "Private_Dirty", &sums), 0);
        assert_int_equal(sums.bytes[0], 8 * 1024);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers),
        cmocka_unit_test(statm_cut_at_every_byte),
        cmocka_unit_test(statm_of_another_kind),
        cmocka_unit_test(smaps_sums_in_every_piece_size),
        cmocka_unit_test(smaps_cut_at_every_byte),
        cmocka_unit_test(names_match_whole_and_at_line_starts),
        cmocka_unit_test(values_without_a_figure),
        cmocka_unit_test(cut_lines_are_no_figures),
        cmocka_unit_test(first_lines),
        cmocka_unit_test(nul_bytes_at_line_starts),
        cmocka_unit_test(poison_at_every_offset),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
