/* Children that exit, die, hang, leave others behind, or never start.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "child.h"

static struct zm_child_end run(const char *program, const char *script, double timeout)
{
    char *const argv[] = {(char *)"sh", (char *)"-c", (char *)script, NULL};
    struct zm_child child = {program, argv, timeout, "/dev/null"};
    struct zm_child_end end;
    zm_child_run(&child, &end);
    return end;
}

static void test_exit_status(void **state)
{
    (void)state;
    struct zm_child_end end = run("/bin/sh", "exit 42", 0);
    assert_int_equal(end.spawn_error, 0);
    assert_int_equal(end.status, 42);
    assert_int_equal(end.signal, 0);
    assert_true(end.wall_s > 0 && end.minflt > 0);
}

static void test_death_by_signal(void **state)
{
    (void)state;
    struct zm_child_end end = run("/bin/sh", "kill -KILL $$", 0);
    assert_int_equal(end.signal, SIGKILL);
    assert_int_equal(end.status, 128 + SIGKILL);
    assert_false(end.timed_out);
}

static void test_never_started(void **state)
{
    (void)state;
    assert_int_equal(run("/nonexistent/program", "", 0).spawn_error, ENOENT);
    assert_int_equal(run("/", "", 0).spawn_error, EACCES);
}

static void test_wall_time_and_cpu(void **state)
{
    (void)state;
    struct zm_child_end end = run("/bin/sh", "sleep 0.3", 0);
    assert_true(end.wall_s >= 0.3);
    assert_true(end.user_s + end.sys_s < 0.3);
}

static void test_timeout(void **state)
{
    (void)state;
    struct zm_child_end end = run("/bin/sh", "sleep 60", 0.2);
    assert_true(end.timed_out);
    assert_true(end.wall_s >= 0.2 && end.wall_s < 30);
    assert_int_equal(end.signal, SIGTERM);
}

static void test_leftovers_are_stopped(void **state)
{
    (void)state;
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    char script[64];
    snprintf(script, sizeof script, "sleep 60 & exec %d>&-; exit 0", ends[1]);
    assert_int_equal(run("/bin/sh", script, 0).status, 0);
    close(ends[1]);
    /* The sleeping child holds the pipe open for as long as it lives. */
    char byte;
    alarm(20);
    assert_int_equal(read(ends[0], &byte, 1), 0);
    alarm(0);
    close(ends[0]);
}

static void test_streams(void **state)
{
    (void)state;
    assert_int_equal(run("/bin/sh", "read x && exit 1; echo out && echo err >&2", 0).status, 0);
}

static void test_signal_names(void **state)
{
    (void)state;
    char buf[32];
    assert_string_equal(zm_signal_name(SIGSEGV, buf, sizeof buf), "SIGSEGV");
    assert_string_equal(zm_signal_name(99, buf, sizeof buf), "signal 99");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_exit_status),   cmocka_unit_test(test_death_by_signal),
        cmocka_unit_test(test_never_started), cmocka_unit_test(test_wall_time_and_cpu),
        cmocka_unit_test(test_timeout),       cmocka_unit_test(test_leftovers_are_stopped),
        cmocka_unit_test(test_streams),       cmocka_unit_test(test_signal_names),
    };
    zm_child_catch_signals();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
