/* Children that exit, die, hang, leave others behind, or never start.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <linux/perf_event.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tools/live/tree.h"
#include "tools/process/child.h"
#include "tools/process/hardware.h"
#include "tools/samples/figure.h"
#include "tools/samples/timeline.h"

extern char **environ;

static struct zm_tree *tree; /* NULL: not wanted */

static struct zm_child_end run(const char *program, const char *script, double timeout)
{
    char *const argv[] = {(char *)"sh", (char *)"-c", (char *)script, NULL};
    struct zm_child child = {.program = program,
                             .argv = argv,
                             .environment = environ,
                             .timeout_s = timeout,
                             .stderr_file = "/dev/null",
                             .tree = tree};
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
    assert_true(end.wall_s > 0 && end.usage.ru_minflt > 0);
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
    assert_int_equal(end.usage.ru_utime.tv_sec + end.usage.ru_stime.tv_sec, 0);
    assert_true(end.usage.ru_utime.tv_usec + end.usage.ru_stime.tv_usec < 300000);
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

static void test_memory_over_time(void **state)
{
    (void)state;
    struct zm_tree looked_at;
    struct zm_timeline *timeline = zm_timeline_new();
    assert_non_null(timeline);
    zm_tree_init(&looked_at, NULL);
    looked_at.rss = timeline;
    tree = &looked_at;
    /* The shell's child grows by 20 MB, and is what is looked at then: until somebody reads what it
     * writes. Under a sanitizer looks are dear, and rare. */
    int exit_status = run("/bin/sh",
                          "sleep 0.2; dd if=/dev/zero bs=20M count=1 iflag=fullblock |"
                          "{ sleep 1; cat >/dev/null; }",
                          0)
                          .status;
    tree = NULL;
    assert_int_equal(exit_status, 0);
    double least = 1e18, most = 0;
    for (size_t i = 0; i < timeline->count; i++) {
        double bytes = timeline->points[i].bytes;
        least = bytes < least ? bytes : least;
        most = bytes > most ? bytes : most;
    }
    assert_in_range(timeline->count, 5, ZM_TIMELINE_POINTS);
    assert_true(least < 15e6);
    assert_true(most > 20e6);
    zm_tree_clear(&looked_at);
    free(timeline);
}

/* The shell's child ends, and what the shell becomes never waits for it: it is adopted as one that
 * has ended, and must not be waited for as if it ran. */
static void test_what_nobody_has_waited_for(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct zm_tree looked_at;
        zm_tree_init(&looked_at, NULL);
        tree = &looked_at;
        struct zm_child_end end =
            run("/bin/sh", "(exit 0) & (exit 1) & exec sleep 0.5", i == 0 ? 0 : 0.2);
        tree = NULL;
        assert_int_equal(end.timed_out, i == 1);
        zm_tree_clear(&looked_at);
        assert_true(end.wall_s < 5);
        assert_true(waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD); /* none is left */
    }
}

/* Counted by software, for not every machine has hardware that counts; all else is the same. */
static void test_counters_follow_children(void **state)
{
    (void)state;
    int fd = zm_counter_open(PERF_TYPE_SOFTWARE, PERF_COUNT_SW_PAGE_FAULTS);
    if (fd < 0) {
        print_message("no counters here: %s\n", strerror(-fd));
        skip();
    }
    assert_true(zm_counter_read(fd) < 0); /* nothing ran yet */
    struct zm_child_end end = run("/bin/sh", "sh -c 'exit 0'; exit 0", 0);
    assert_int_equal(end.status, 0);
    double counted = zm_counter_read(fd), faults = (double)end.usage.ru_minflt;
    close(fd);
    assert_true(counted > faults / 2 && counted < faults * 1.5 + 50);
}

static void test_counters_are_there_or_not(void **state)
{
    (void)state;
    double values[ZM_MEASURED];
    struct zm_hardware counters;
    zm_hardware_open(&counters);
    assert_int_equal(run("/bin/sh", "exit 0", 0).status, 0);
    zm_hardware_take(&counters, values);
    assert_true(zm_counters_absent() ? values[ZM_INSTRUCTIONS] < 0 : values[ZM_INSTRUCTIONS] > 1e4);
}

static void test_timeline_is_bounded(void **state)
{
    (void)state;
    struct zm_timeline *long_one = zm_timeline_new();
    assert_non_null(long_one);
    double interval = long_one->interval_s;
    for (int i = 0; i < 3 * ZM_TIMELINE_POINTS; i++)
        zm_timeline_add(long_one, i, i);
    assert_in_range(long_one->count, ZM_TIMELINE_POINTS / 2, ZM_TIMELINE_POINTS);
    assert_true(long_one->interval_s > 3 * interval);
    assert_true(long_one->points[0].s == 0);
    assert_true(long_one->points[long_one->count - 1].s == 3 * ZM_TIMELINE_POINTS - 1);
    free(long_one);
}

/* Both ways of finding them find the same. */
static void test_descendants(void **state)
{
    (void)state;
    struct zm_tree looked_at;
    char *const argv[] = {(char *)"sh", (char *)"-c",
                          (char *)"sh -c 'sleep 60 & sleep 60; :' & wait", NULL};
    struct zm_child child = {
        .program = "/bin/sh", .argv = argv, .environment = environ, .tree = &looked_at};
    struct zm_running_child running;
    struct zm_pids none = {0}, listed = {0}, by_parents = {0};
    zm_tree_init(&looked_at, NULL);
    assert_int_equal(zm_child_start(&child, &running), 0);
    for (alarm(20); by_parents.count < 4;) { /* two shells, two that sleep */
        by_parents.count = 0;
        assert_int_equal(zm_descendants_by_parents(getpid(), &none, &by_parents), 0);
    }
    alarm(0);
    assert_int_equal(zm_descendants(getpid(), &none, true, &listed), 0);
    assert_int_equal(listed.count, 4);
    for (size_t i = 0; i < listed.count; i++)
        assert_true(zm_pids_has(&by_parents, listed.all[i]));
    listed.count = 0;
    assert_true(zm_pids_add(&none, running.pid));
    assert_int_equal(zm_descendants(getpid(), &none, true, &listed), 0);
    assert_int_equal(listed.count, 0);
    zm_child_stop(&running, SIGTERM, 5);
    assert_int_equal(zm_tree_running(&looked_at), 0);
    zm_tree_clear(&looked_at);
    zm_pids_clear(&none);
    zm_pids_clear(&listed);
    zm_pids_clear(&by_parents);
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
        cmocka_unit_test(test_exit_status),
        cmocka_unit_test(test_death_by_signal),
        cmocka_unit_test(test_never_started),
        cmocka_unit_test(test_wall_time_and_cpu),
        cmocka_unit_test(test_timeout),
        cmocka_unit_test(test_leftovers_are_stopped),
        cmocka_unit_test(test_streams),
        cmocka_unit_test(test_signal_names),
        cmocka_unit_test(test_descendants),
        cmocka_unit_test(test_memory_over_time),
        cmocka_unit_test(test_what_nobody_has_waited_for),
        cmocka_unit_test(test_counters_follow_children),
        cmocka_unit_test(test_counters_are_there_or_not),
        cmocka_unit_test(test_timeline_is_bounded),
    };
    zm_child_catch_signals();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
