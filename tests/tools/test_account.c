/* Accounts as processes leave them: whole, cut off, damaged, of forks, of strangers.
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
#include <unistd.h>

#include "tools/process/account.h"
#include "tools/process/own_allocator.h"

static const char whole[] =
    "{\"pid\":7,\"backend\":\"jemalloc\",\"version\":\"5.3.0\",\"used_bytes\":10,\"peak_bytes\":"
    "1000,"
    "\"allocated_bytes\":5000,\"freed_bytes\":4990,\"allocs\":50,\"frees\":49,\"rss_bytes\":4096,"
    "\"vmhwm_bytes\":8192}\n";

static char directory[] = P_tmpdir "/zmalloc-test-XXXXXX";
static const char *const names[] = {"1.json", "2.json", "3.json", "stderr"};

static void put(const char *name, const char *text)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", directory, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static int set_up(void **state)
{
    (void)state;
    strcpy(directory + strlen(directory) - 6, "XXXXXX");
    return mkdtemp(directory) ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char path[256];
        snprintf(path, sizeof path, "%s/%s", directory, names[i]);
        unlink(path);
    }
    return rmdir(directory);
}

static void test_whole_line(void **state)
{
    (void)state;
    struct zm_account account;
    assert_null(zm_account_parse(whole, strlen(whole), &account));
    assert_int_equal(account.pid, 7);
    assert_string_equal(account.backend, "jemalloc");
    assert_string_equal(account.version, "5.3.0");
    assert_int_equal(account.values[ZM_PEAK_LIVE], 1000);
    assert_int_equal(account.values[ZM_ALLOCATED], 5000);
    assert_int_equal(account.values[ZM_ALLOCATIONS], 50);
    assert_int_equal(account.values[ZM_PEAK_RSS], 8192);
}

static void test_every_truncation_is_refused(void **state)
{
    (void)state;
    struct zm_account account;
    for (size_t length = 0; length < strlen(whole) - 1; length++)
        assert_non_null(zm_account_parse(whole, length, &account));
}

static void test_wrong_types_are_refused(void **state)
{
    (void)state;
    static const char *const lines[] = {
        "[]",
        "7",
        "{}",
        "{\"pid\":-7,\"backend\":\"x\",\"version\":\"1\",\"peak_bytes\":1,\"allocated_bytes\":1,"
        "\"allocs\":1,\"vmhwm_bytes\":1}",
        "{\"pid\":7,\"backend\":3,\"version\":\"1\",\"peak_bytes\":1,\"allocated_bytes\":1,"
        "\"allocs\":1,\"vmhwm_bytes\":1}",
        "{\"pid\":7,\"backend\":\"x\",\"version\":\"1\",\"peak_bytes\":1,\"allocated_bytes\":1,"
        "\"allocs\":-1,\"vmhwm_bytes\":1}",
        "{\"pid\":7,\"backend\":\"x\",\"version\":\"1\",\"peak_bytes\":1.5,\"allocated_bytes\":1,"
        "\"allocs\":1,\"vmhwm_bytes\":1}",
        "{\"pid\":7,\"backend\":\"0123456789012345678901234567890123456789"
        "0123456789012345678901234567890123456789"
        "012345678901234567890123456789012345678901234567890123456789\",\"version\":\"1\","
        "\"peak_bytes\":1,\"allocated_bytes\":1,\"allocs\":1,\"vmhwm_bytes\":1}",
        "{\"pid\":7,\"backend\":\"x\",\"version\":\"1\",\"peak_bytes\":1,\"allocated_bytes\":1,"
        "\"allocs\":1,\"vmhwm_bytes\":1,\"inherited_allocs\":2}",
        "{\"pid\":7,\"backend\":\"x\",\"version\":\"1\",\"peak_bytes\":1,\"allocated_bytes\":1,"
        "\"allocs\":1,\"vmhwm_bytes\":18446744073709551616}",
    };
    struct zm_account account;
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        assert_non_null(zm_account_parse(lines[i], strlen(lines[i]), &account));
}

static void test_processes_are_summed(void **state)
{
    (void)state;
    struct zm_accounts all;
    put("1.json", whole);
    put("2.json", "{\"pid\":8,\"backend\":\"jemalloc\",\"version\":\"5.3.0\",\"peak_bytes\":200,"
                  "\"allocated_bytes\":900,\"allocs\":9,\"vmhwm_bytes\":16384,"
                  "\"inherited_allocated_bytes\":600,\"inherited_allocs\":4}\n");
    put("stderr", "not JSON, and not looked at\n");
    assert_int_equal(zm_accounts_read(directory, "jemalloc", NULL, &all), 0);
    assert_int_equal(all.processes, 2);
    assert_int_equal(all.damaged, 0);
    assert_string_equal(all.stranger, "");
    assert_int_equal(all.values[ZM_ALLOCATIONS], 50 + 9 - 4);
    assert_int_equal(all.values[ZM_ALLOCATED], 5000 + 900 - 600);
    /* The peaks are those of the process with the higher peak RSS, not the higher peak. */
    assert_int_equal(all.largest.pid, 8);
    assert_int_equal(all.values[ZM_PEAK_LIVE], 200);
}

static void test_damage_is_named_and_the_rest_kept(void **state)
{
    (void)state;
    struct zm_accounts all;
    char both[1024];
    snprintf(both, sizeof both, "%s%.40s", whole, whole);
    put("1.json", both);
    assert_int_equal(zm_accounts_read(directory, "jemalloc", NULL, &all), 0);
    assert_int_equal(all.processes, 1);
    assert_int_equal(all.damaged, 1);
    assert_non_null(strstr(all.damage, "line 2 of 1.json"));
}

/* Processes open their files when they start. */
static void test_empty_file_is_of_a_process_without_report(void **state)
{
    (void)state;
    struct zm_accounts all;
    put("1.json", whole);
    put("3.json", "");
    assert_int_equal(zm_accounts_read(directory, "jemalloc", NULL, &all), 0);
    assert_int_equal(all.processes, 1);
    assert_int_equal(all.damaged, 0);
}

static void test_empty_line_is_damage(void **state)
{
    (void)state;
    struct zm_accounts all;
    put("3.json", "\n");
    assert_int_equal(zm_accounts_read(directory, "jemalloc", NULL, &all), 0);
    assert_int_equal(all.processes, 0);
    assert_int_equal(all.damaged, 1);
}

static void test_stranger_does_not_count(void **state)
{
    (void)state;
    struct zm_accounts all;
    put("1.json", whole);
    assert_int_equal(zm_accounts_read(directory, "libc", NULL, &all), 0);
    assert_int_equal(all.processes, 0);
    assert_int_equal(all.values[ZM_ALLOCATIONS], 0);
    assert_string_equal(all.stranger, "jemalloc");
}

static void test_no_directory(void **state)
{
    (void)state;
    struct zm_accounts all;
    assert_true(zm_accounts_read("/nonexistent/directory", "libc", NULL, &all) < 0);
}

static void test_allocators_of_programs(void **state)
{
    (void)state;
    static char *const words[] = {(char *)"env", (char *)"PYTHONMALLOC=malloc", NULL};
    static char *const off[] = {(char *)"A=1", (char *)"PYTHONMALLOC=malloc", NULL};
    static char *const on[] = {(char *)"PYTHONMALLOC=pymalloc", NULL};
    const char *const names[][2] = {{"python3.11", "python"},
                                    {"node", "node"},
                                    {"java", "java"},
                                    {"chrome", "chromium"},
                                    {"go", "go"},
                                    {"php8.2", "php"},
                                    {"nginx", "nginx"},
                                    {"postgres", "postgres"}};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const struct zm_own_allocator *own = zm_own_allocator_of(names[i][0], NULL, NULL);
        assert_non_null(own);
        assert_string_equal(own->name, names[i][1]);
        assert_ptr_equal(zm_own_allocator_named(own->name), own);
    }
    assert_null(zm_own_allocator_of("gofmt", NULL, NULL));
    assert_null(zm_own_allocator_of("pythonic", NULL, NULL));
    assert_null(zm_own_allocator_of("", NULL, NULL));
    assert_non_null(zm_own_allocator_of("python3", NULL, on));
    assert_null(zm_own_allocator_of("python3", words, on));
    assert_null(zm_own_allocator_of("python3", NULL, off));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_allocators_of_programs),
        cmocka_unit_test(test_whole_line),
        cmocka_unit_test(test_every_truncation_is_refused),
        cmocka_unit_test(test_wrong_types_are_refused),
        cmocka_unit_test_setup_teardown(test_processes_are_summed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_damage_is_named_and_the_rest_kept, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_empty_file_is_of_a_process_without_report, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_empty_line_is_damage, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_stranger_does_not_count, set_up, tear_down),
        cmocka_unit_test(test_no_directory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
