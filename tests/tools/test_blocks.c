/* Measuring with runs that are made up.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tools/measuring/blocks.h"

struct made_up {
    bool ok;
    useconds_t takes_us;
    unsigned runs, floors;
    double timeouts[64];
};

static int take(void *context, const struct zm_row *row, unsigned block, double timeout_s,
                struct zm_sample *out)
{
    struct made_up *m = context;
    zm_sample_init(out, row, block);
    assert_in_range(m->runs, 0, 63);
    m->timeouts[m->runs++] = timeout_s;
    m->floors += strcmp(row->backend, "none") == 0;
    usleep(m->takes_us);
    out->ok = m->ok;
    out->values[ZM_WALL] = 1;
    strcpy(out->reason, m->ok ? "" : "made up");
    return 0;
}

static struct zm_rows rows;
static struct zm_workload workload = {.name = (char *)"job"};

static struct zm_plan plan_of(struct made_up *made_up)
{
    zm_rows_clear(&rows);
    for (size_t r = 0; r < 3; r++) {
        const char *const names[] = {"libc", "a", "b"};
        assert_int_equal(zm_row_make(names[r], names[r], NULL, &rows.all[rows.count++]), 0);
    }
    workload.timeout_s = 0;
    return (struct zm_plan){.subcommand = "test",
                            .workload = &workload,
                            .rows = &rows,
                            .take = take,
                            .context = made_up};
}

static struct zm_outcome measured(const struct zm_plan *plan, size_t samples)
{
    struct zm_samples all = {0};
    struct zm_outcome outcome;
    assert_int_equal(zm_measure(plan, &all, &outcome), 0);
    assert_int_equal(all.count, samples);
    zm_samples_clear(&all);
    return outcome;
}

static void test_failing_from_the_start(void **state)
{
    (void)state;
    struct made_up m = {.ok = false};
    struct zm_plan plan = plan_of(&m);
    assert_int_equal(measured(&plan, 3).ending, ZM_END_FAILED);
    assert_int_equal(m.runs, 4);
}

/* The first run has no limit; the others get ten times as long, and a minute more. */
static void test_patience(void **state)
{
    (void)state;
    struct made_up m = {.ok = true, .takes_us = 20000};
    struct zm_plan plan = plan_of(&m);
    plan.blocks = 1;
    plan.patience_s = 60;
    assert_int_equal(measured(&plan, 3).ending, ZM_END_ASKED);
    assert_true(m.timeouts[0] == 0);
    for (unsigned i = 1; i < m.runs; i++)
        assert_true(m.timeouts[i] >= 60.2 && m.timeouts[i] < 90);

    m = (struct made_up){.ok = true};
    workload.timeout_s = 5;
    measured(&plan, 3);
    assert_true(m.timeouts[0] == 5 && m.timeouts[3] == 5);
}

static void test_time_within_the_first_block(void **state)
{
    (void)state;
    struct made_up m = {.ok = true, .takes_us = 30000};
    struct zm_plan plan = plan_of(&m);
    plan.time_s = 0.01;
    plan.time_firm = true;
    struct zm_outcome outcome = measured(&plan, 1);
    assert_int_equal(outcome.ending, ZM_END_TIME);
    assert_int_equal(outcome.blocks, 0);
}

static void test_floor_in_each_block(void **state)
{
    (void)state;
    struct made_up m = {.ok = true};
    struct zm_row floor;
    struct zm_samples floors = {0};
    assert_int_equal(zm_row_make("no allocator", "none", NULL, &floor), 0);
    struct zm_plan plan = plan_of(&m);
    plan.blocks = 5;
    plan.floor = &floor;
    plan.floor_program = "";
    plan.floors = &floors;
    measured(&plan, 15);
    assert_int_equal(m.floors, 5);
    assert_int_equal(floors.count, 5);
    for (unsigned b = 0; b < 5; b++)
        assert_int_equal(floors.all[b].block, b + 1);
    zm_samples_clear(&floors);
    zm_row_clear(&floor);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_failing_from_the_start),
        cmocka_unit_test(test_patience),
        cmocka_unit_test(test_time_within_the_first_block),
        cmocka_unit_test(test_floor_in_each_block),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
