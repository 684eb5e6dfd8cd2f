/* Runs that end in idling, which costs no processor: so they idle side by side, while each works
 * alone, as it does in a block that is timed.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "drain.h"

#include "take.h"
#include "tools/common/cli.h"
#include "tools/common/clock.h"
#include "tools/common/scratch.h"
#include "tools/process/environment.h"
#include "tools/process/self_report.h"
#include "tools/statistics/finding.h"
#include "tools/statistics/statistics.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define BLOCKS_LEAST 2
#define IDLING_MAX   8 /* at once: what is not given back takes memory */
#define WORDS_MAX    32
#define LOOK_S       0.002

/* A run that has been started. */
struct run {
    struct zm_sample_files files;
    struct zm_sample sample;
    char idle[PATH_MAX], option[PATH_MAX + 8];
    char *argv[WORDS_MAX + 2];
    char **environment;
    struct zm_child child;
    struct zm_running_child running;
};

struct drain {
    const struct zm_plan *plan;
    struct zm_samples *samples;
    struct run runs[IDLING_MAX]; /* a ring: those that are running */
    size_t first, count;
};

static int refuse(const struct drain *d, int error)
{
    zm_error(d->plan->subcommand, "can't take a sample: %s", strerror(error));
    return ZM_EXIT_TOOL;
}

static void let_go(struct run *run)
{
    zm_child_environment_free(run->environment);
    zm_scratch_remove(run->files.directory);
    run->environment = NULL;
}

/* ---- the end of a run ---- */

/* Fills in the sample of a run that has ended. 0, or -errno. */
static int judge(const struct drain *d, struct run *run)
{
    struct zm_child_end *end = &run->running.end;
    struct zm_sample *sample = &run->sample;
    struct zm_accounts accounts = {0};
    const struct zm_tree alone = {0}; /* it was not looked at: that might wake it up */
    int status = zm_accounts_read(run->files.directory, sample->row->backend, NULL, &accounts);
    if (status == 0) {
        zm_sample_fill_in(end, &accounts, &alone, sample);
        const char *damage =
            zm_self_report_read(run->files.self_report, sample->values, &sample->self_report);
        zm_sample_judge(end, &accounts, damage, NULL, d->plan->workload->timeout_s, sample);
        if (!sample->ok)
            zm_sample_complaint(run->files.complaint, sample->complaint, sizeof sample->complaint);
        zm_sample_keep(sample, ZM_DRAINED_100MS, ZM_DRAINED_5S);
    }
    return status;
}

/* Waits until the run that was started first has ended, and keeps its sample. */
static int finish_first(struct drain *d)
{
    struct run *run = &d->runs[d->first];
    d->first = (d->first + 1) % IDLING_MAX;
    d->count--;
    zm_child_wait(&run->child, &run->running);
    if (zm_child_interrupted()) {
        let_go(run);
        return ZM_EXIT_SIGNAL + zm_child_interrupted();
    }
    int status = judge(d, run);
    let_go(run);
    if (status == 0) {
        if (d->plan->see)
            d->plan->see(d->plan->context, &run->sample);
        status = zm_samples_add(d->samples, &run->sample);
    }
    if (status == 0)
        return 0;
    zm_sample_clear(&run->sample);
    return refuse(d, -status);
}

/* ---- its beginning ---- */

/* Whether there is nothing more to wait for before another run may start. */
static bool is_idle(struct run *run)
{
    return access(run->idle, F_OK) == 0 || zm_child_has_ended(&run->running) ||
           zm_child_interrupted() ||
           (run->child.timeout_s > 0 && zm_now() > run->running.began + run->child.timeout_s);
}

/* Starts a run in a row, and waits until it has done its work. */
static int start(struct drain *d, const struct zm_row *row, unsigned block)
{
    const struct zm_workload *workload = d->plan->workload;
    int status = d->count == IDLING_MAX ? finish_first(d) : 0;
    if (status != 0)
        return status;
    struct run *run = &d->runs[(d->first + d->count) % IDLING_MAX];
    size_t words = 0;
    zm_sample_init(&run->sample, row, block);
    status = zm_sample_files_make(&run->files);
    if (status != 0)
        return refuse(d, -status);
    strcpy(stpcpy(run->idle, run->files.directory), "/idle"); /* as long as the other names */
    strcpy(stpcpy(run->option, "--idle="), run->idle);
    for (; words < WORDS_MAX && workload->argv[words]; words++)
        run->argv[words] = workload->argv[words];
    run->argv[words] = run->option;
    run->argv[words + 1] = NULL;
    run->environment = zm_sample_environment(row, &run->files, NULL);
    run->child = (struct zm_child){.program = workload->program,
                                   .argv = run->argv,
                                   .environment = run->environment,
                                   .timeout_s = workload->timeout_s,
                                   .stderr_file = run->files.complaint};
    int error = run->environment ? zm_child_start(&run->child, &run->running) : ENOMEM;
    if (error) {
        let_go(run);
        return refuse(d, error);
    }
    d->count++;
    while (!is_idle(run))
        zm_pause(LOOK_S);
    return zm_child_interrupted() ? ZM_EXIT_SIGNAL + zm_child_interrupted() : 0;
}

int zm_measure_drain(const struct zm_plan *plan, struct zm_samples *samples)
{
    struct zm_evidence so_far = {.samples = samples->all, .count = samples->count};
    unsigned before = (unsigned)zm_evidence_blocks(&so_far) - 1;
    struct drain d = {.plan = plan, .samples = samples};
    struct zm_random random = {plan->seed};
    double began = zm_now();
    int status = 0;
    for (unsigned block = 1; block <= plan->blocks && status == 0; block++) {
        size_t order[ZM_ROWS_MAX];
        if (block > BLOCKS_LEAST && zm_now() - began > plan->time_s)
            break;
        zm_shuffle(&random, order, plan->rows->count);
        for (size_t r = 0; r < plan->rows->count && status == 0; r++)
            status = start(&d, &plan->rows->all[order[r]], before + block);
    }
    while (d.count > 0) {
        int one = finish_first(&d);
        status = status ? status : one;
    }
    return status;
}
