/* Running blocks, and deciding when to stop.
 *
 * The intervals are looked at after 10 blocks, and then each time a quarter more has come. If they
 * were looked at after every block, they would sooner or later be narrow by chance.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "blocks.h"

#include "progress.h"
#include "take.h"
#include "tools/common/cli.h"
#include "tools/common/clock.h"
#include "tools/common/command.h"
#include "tools/common/printable.h"
#include "tools/process/child.h"
#include "tools/process/environment.h"
#include "tools/statistics/finding.h"
#include "tools/statistics/pareto.h"
#include "tools/statistics/statistics.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* After so many blocks, rows may leave the race: at first if they are far behind, later if they are
 * a little. */
#define RACE_FROM 3
#define RACE_LATE 6

#define PATIENCE  10 /* how many times as long as the first run another may take */

struct measurement {
    const struct zm_plan *plan;
    struct zm_samples *samples;
    struct zm_outcome *out;
    struct zm_progress progress;
    double began;
    bool out_of_race[ZM_ROWS_MAX];
    double timeout_s; /* of the next run; 0: none */
    bool complained;  /* the stderr of a failed sample has been shown */
};

static void complain(struct measurement *m, const struct zm_sample *sample)
{
    if (m->complained)
        return;
    m->complained = true;
    zm_progress_clear(&m->progress);
    zm_error(m->plan->subcommand, "%s failed under %s: %s",
             sample->block ? "the command" : "the warm-up", sample->row->label, sample->reason);
    for (const char *rest = sample->complaint; *rest;) {
        char line[sizeof sample->complaint];
        size_t length = strcspn(rest, "\n");
        snprintf(line, sizeof line, "%.*s", (int)length, rest);
        zm_put_between(stderr, "  | ", line, "\n");
        rest += length + (rest[length] == '\n');
    }
}

/* Runs what is to be done before each run, outside of any backend. If it fails, nothing that
 * follows would be as it should. */
static int prepare(struct measurement *m)
{
    const char *command = m->plan->prepare;
    if (!command)
        return 0;
    char *argv[] = {(char *)"sh", (char *)"-c", (char *)(uintptr_t)command, NULL};
    char **environment = zm_child_environment(
        (const char *const[]){"LD_PRELOAD", "", "ZMALLOC_STATS", "", NULL}, NULL);
    struct zm_child child = {
        .program = (char *)"/bin/sh", .argv = argv, .environment = environment};
    struct zm_child_end end = {.spawn_error = ENOMEM};
    if (environment)
        zm_child_run(&child, &end);
    zm_child_environment_free(environment);
    if (zm_child_interrupted())
        return ZM_EXIT_SIGNAL + zm_child_interrupted();
    if (!end.spawn_error && end.status == 0)
        return 0;
    zm_progress_clear(&m->progress);
    zm_error(m->plan->subcommand, "--prepare failed: %s",
             end.spawn_error ? strerror(end.spawn_error) : command);
    return ZM_EXIT_TOOL;
}

/* Takes a sample. Returns 0, or the exit status after printing the reason; then there is no sample
 * to clear. */
static int take(struct measurement *m, const struct zm_row *row, unsigned block,
                struct zm_sample *sample)
{
    const struct zm_plan *plan = m->plan;
    struct zm_workload workload = *plan->workload;
    if (row == plan->floor)
        workload.program = (char *)(uintptr_t)plan->floor_program;
    if (row->program) {
        workload.program = row->program;
        workload.argv = row->argv;
    }
    workload.timeout_s = m->timeout_s;
    int status = prepare(m);
    if (status != 0)
        return status;
    status = plan->take ? plan->take(plan->context, row, block, m->timeout_s, sample)
                        : zm_sample_take(&workload, row, block, sample);
    if (status != 0) {
        zm_progress_clear(&m->progress);
        zm_error(plan->subcommand, "can't take a sample: %s", strerror(-status));
        status = ZM_EXIT_TOOL;
    } else if (sample->spawn_error) {
        zm_progress_clear(&m->progress);
        status = zm_command_refused(plan->subcommand, workload.argv[0], sample->spawn_error);
    } else if (sample->interrupted) {
        status = ZM_EXIT_SIGNAL + zm_child_interrupted();
    }
    if (status != 0)
        zm_sample_clear(sample);
    else if (!sample->ok)
        complain(m, sample);
    return status;
}

static int keep(struct measurement *m, struct zm_sample *sample)
{
    if (m->plan->see)
        m->plan->see(m->plan->context, sample);
    bool floor = sample->row == m->plan->floor;
    if (zm_samples_add(floor ? m->plan->floors : m->samples, sample) == 0)
        return 0;
    zm_sample_clear(sample);
    zm_error(m->plan->subcommand, "out of memory");
    return ZM_EXIT_TOOL;
}

static int run_block(struct measurement *m, unsigned block, struct zm_random *random)
{
    const struct zm_rows *rows = m->plan->rows;
    size_t order[ZM_ROWS_MAX + 1], count = 0;
    const struct zm_row *racing[ZM_ROWS_MAX + 1];
    for (size_t r = 0; r < rows->count; r++) {
        if (!m->out_of_race[r])
            racing[count++] = &rows->all[r];
    }
    if (m->plan->floor)
        racing[count++] = m->plan->floor;
    zm_shuffle(random, order, count);
    for (size_t i = 0; i < count; i++) {
        const struct zm_row *row = racing[order[i]];
        struct zm_sample sample;
        zm_progress_before(&m->progress, row->label, block, i + 1, count);
        double began = zm_now();
        if (m->plan->time_firm && i > 0 && began - m->began > m->plan->time_s) {
            m->out->ending = ZM_END_TIME;
            return 0;
        }
        int status = take(m, row, block, &sample);
        if (status != 0)
            return status;
        zm_progress_after(&m->progress, &sample, zm_now() - began);
        status = keep(m, &sample);
        if (status != 0)
            return status;
    }
    return 0;
}

static bool any_counts(const struct zm_samples *samples)
{
    for (size_t i = 0; i < samples->count; i++) {
        if (samples->all[i].ok)
            return true;
    }
    return false;
}

/* Whether all rows that are still in the race are known well enough. */
static bool precise(struct measurement *m)
{
    struct zm_evidence evidence = {.samples = m->samples->all,
                                   .count = m->samples->count,
                                   .rows = m->plan->rows,
                                   .seed = m->plan->seed};
    struct zm_finding findings[ZM_ROWS_MAX];
    double noise;
    if (zm_find(&evidence, ZM_WALL, findings, &noise) != 0)
        return false;
    for (size_t r = 0; r < m->plan->rows->count; r++) {
        if (m->out_of_race[r])
            findings[r].spread.count = 0;
    }
    return zm_widest(m->plan->rows, findings) <= ZM_PRECISION;
}

/* Takes rows out of the race that others beat in both time and memory, so that there is more time
 * for those that nothing may beat in the end. */
static void thin_out(struct measurement *m)
{
    const struct zm_rows *rows = m->plan->rows;
    unsigned blocks = m->out->blocks;
    if (!m->plan->race || blocks < RACE_FROM)
        return;
    double by = blocks < RACE_LATE ? 0.9 : 0.97;
    struct zm_evidence evidence = {.samples = m->samples->all,
                                   .count = m->samples->count,
                                   .rows = rows,
                                   .seed = m->plan->seed};
    struct zm_finding time[ZM_ROWS_MAX], memory[ZM_ROWS_MAX];
    struct zm_pareto_cost costs[ZM_ROWS_MAX];
    double noise;
    if (zm_find(&evidence, ZM_WALL, time, &noise) != 0 ||
        zm_find(&evidence, ZM_PEAK_MEMORY, memory, &noise) != 0)
        return;
    zm_pareto_costs(rows, time, memory, costs);
    for (size_t r = 0; r < rows->count; r++) {
        const struct zm_pareto_cost *mine = &costs[r];
        if (r == rows->baseline || rows->all[r].control)
            continue; /* the other rows are compared with these */
        m->out_of_race[r] = m->out_of_race[r] || mine->time == 0; /* all its runs failed */
        for (size_t q = 0; q < rows->count; q++) {
            const struct zm_pareto_cost *other = &costs[q];
            if (other->time > 0 && other->time <= mine->time && other->memory <= mine->memory &&
                (other->time < by * mine->time || other->memory < by * mine->memory))
                m->out_of_race[r] = true;
        }
    }
}

/* Whether there is time for one more block. */
static bool has_time(const struct measurement *m, unsigned done)
{
    const struct zm_plan *plan = m->plan;
    if (plan->time_s <= 0 || (!plan->time_firm && done < ZM_INTERVAL_PAIRS))
        return true;
    return zm_now() - m->began + m->out->block_s <= plan->time_s;
}

/* Runs the command once before the first block. It brings files into memory, and shows how long a
 * run takes. */
static int warm_up(struct measurement *m)
{
    const struct zm_plan *plan = m->plan;
    struct zm_sample sample;
    double began = zm_now();
    int status = take(m, &plan->rows->all[plan->rows->baseline], 0, &sample);
    if (status != 0)
        return status;
    zm_sample_clear(&sample);
    double each = zm_now() - began;
    if (m->timeout_s == 0 && plan->patience_s > 0)
        m->timeout_s = PATIENCE * each + plan->patience_s;
    size_t runs = plan->rows->count + (plan->floor != NULL);
    m->out->block_s = each * (double)runs;
    if (plan->time_firm && !has_time(m, 0))
        zm_error(plan->subcommand,
                 "note: %g s are too little: a block of %zu runs takes about %.1f s, after a first "
                 "run of %.1f s; so the first block may not end",
                 plan->time_s, runs, m->out->block_s, each);
    zm_progress_begin(&m->progress, plan->blocks, runs,
                      plan->time_s > 0 ? m->began + plan->time_s : 0, each);
    return 0;
}

int zm_measure(const struct zm_plan *plan, struct zm_samples *samples, struct zm_outcome *out)
{
    struct measurement m = {.plan = plan,
                            .samples = samples,
                            .out = out,
                            .began = zm_now(),
                            .timeout_s = plan->workload->timeout_s};
    struct zm_random random = {plan->seed};
    unsigned most = plan->blocks ? plan->blocks : ZM_BLOCKS_MAX, look = ZM_BLOCKS_LEAST;
    *out = (struct zm_outcome){.ending = ZM_END_STOPPED};
    int status = warm_up(&m);
    while (status == 0) {
        if (out->blocks == most) {
            out->ending = ZM_END_ASKED;
            break;
        }
        if (out->blocks == 1 && !any_counts(samples)) {
            out->ending = ZM_END_FAILED;
            break;
        }
        if (!plan->blocks && out->blocks == look) {
            look += (look + 3) / 4;
            if (precise(&m)) {
                out->ending = ZM_END_PRECISE;
                break;
            }
        }
        /* Of the first block it is only known how long one run took, and that was the slowest one.
         */
        if (out->blocks > 0 && !has_time(&m, out->blocks)) {
            out->ending = ZM_END_TIME;
            break;
        }
        double block_began = zm_now();
        status = run_block(&m, out->blocks + 1, &random);
        if (status == 0 && out->ending == ZM_END_TIME)
            break;
        if (status == 0) {
            out->block_s = zm_now() - block_began;
            out->blocks++;
            thin_out(&m);
        }
    }
    zm_progress_clear(&m.progress);
    return status;
}
