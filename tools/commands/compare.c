/* zmalloc compare: one command under several backends. measure.h tells how it is run.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "compare.h"

#include "commands.h"

#include "tools/common/cli.h"
#include "tools/common/table.h"
#include "tools/measuring/blocks.h"
#include "tools/process/child.h"
#include "tools/process/hardware.h"
#include "tools/process/preload.h"
#include "tools/reporting/pareto_text.h"
#include "tools/reporting/text.h"
#include "tools/results/jsonlines.h"
#include "tools/samples/variants.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define NAME           ZM_COMPARE
#define DEFAULT_TIME_S 120
#define TUNE_TIME_S    300

static int open_json(struct zm_comparison *c)
{
    zm_run_id(c->run);
    return c->json_path
               ? zm_run_open(NAME, c->json_path, c->run, c->seed, &c->rows, c->library, &c->json)
               : 0;
}

static int find_workload(char **command, struct zm_comparison *c)
{
    if (!c->server.command && !c->server.load)
        return *command ? zm_workload_from_command(NAME, command, &c->workload)
                        : zm_workload_default(NAME, &c->workload);
    if (*command)
        return zm_usage_error(NAME, "either a command or --server, not '%s' too", *command);
    c->server.timeout_s = c->workload.timeout_s;
    int status = zm_server_prepare(NAME, &c->server);
    return status ? status : zm_server_workload(NAME, &c->server, &c->workload);
}

static int take_server(void *context, const struct zm_row *row, unsigned block,
                       struct zm_sample *out)
{
    const struct zm_comparison *c = context;
    return zm_server_take(&c->server, row, block, out);
}

static int make_rows(struct zm_comparison *c)
{
    int status = 0;
    if (c->variants_path)
        status = zm_variants_read(NAME, c->variants_path, &c->backends, &c->rows);
    else if (c->variants || c->tune)
        zm_variants_builtin(&c->backends, &c->rows);
    else
        zm_rows_from_backends(&c->backends, &c->rows);
    if (status == 0)
        status = zm_rows_add_more(NAME, &c->more, &c->rows);
    if (status == 0 && !c->no_control)
        zm_rows_add_control(&c->rows);
    return status;
}

/* Everything that can be wrong is found out before the first run. */
static int prepare(char **command, struct zm_comparison *c)
{
    int status = find_workload(command, c);
    if (status == 0)
        status = zm_preload_find(NAME, c->library);
    if (status == 0)
        status = zm_preload_apply(NAME, c->library);
    if (status != 0)
        return status;
    status = make_rows(c);
    if (status == 0)
        status = open_json(c);
    if (status == 0 && getenv("MALLOC_PERTURB_"))
        zm_error(NAME, "note: MALLOC_PERTURB_ is set, which slows libc down");
    return status;
}

static void record(void *context, const struct zm_sample *sample)
{
    struct zm_comparison *c = context;
    if (!c->json || c->json_error)
        return;
    c->json_error = zm_jsonlines_write_sample(c->json, c->run, c->workload.name, c->seed, sample);
    if (c->json_error)
        zm_error(NAME, "can't write '%s' any more: %s", c->json_path, strerror(-c->json_error));
}

static void describe_ending(const struct zm_outcome *outcome, double limit, char *out, size_t size)
{
    if (outcome->ending == ZM_END_PRECISE)
        snprintf(out, size, "wall time is within +-%g %%", 100 * ZM_PRECISION);
    else if (outcome->ending == ZM_END_TIME)
        snprintf(out, size, "the time of %g s is over: --time", limit);
    else if (outcome->ending == ZM_END_STOPPED)
        snprintf(out, size, "stopped before the end");
    else
        snprintf(out, size, "as asked for");
}

static int finish(struct zm_comparison *c, const struct zm_outcome *outcome, double limit,
                  int status)
{
    char ending[64];
    describe_ending(outcome, limit, ending, sizeof ending);
    if (c->samples.count > 0) {
        struct zm_text_report report = {
            .workload = c->workload.name,
            .evidence = {c->samples.all, c->samples.count, &c->rows, c->seed},
            .ending = ending,
            .counters_absent = zm_counters_absent()};
        FILE *out = c->json == stdout ? stderr : stdout;
        if (zm_text_report_print(&report, out, zm_wants_colour(out)) != 0 ||
            ((c->variants || c->tune) && zm_pareto_print(&report.evidence, c->library, out) != 0)) {
            zm_error(NAME, "out of memory");
            return ZM_EXIT_TOOL;
        }
    }
    for (size_t i = 0; i < c->samples.count && status == 0; i++) {
        if (!c->samples.all[i].ok)
            status = ZM_EXIT_FAILED_CELL;
    }
    if (c->json_error && status <= ZM_EXIT_FAILED_CELL)
        status = ZM_EXIT_TOOL;
    if (status >= ZM_EXIT_SIGNAL)
        zm_error(NAME, "stopped after %zu runs", c->samples.count);
    return zm_finish_stdout(NAME, status);
}

static int run(struct zm_comparison *c)
{
    double given = c->blocks > 0 ? 0 : c->tune ? TUNE_TIME_S : DEFAULT_TIME_S;
    struct zm_plan plan = {.subcommand = NAME,
                           .workload = &c->workload,
                           .rows = &c->rows,
                           .seed = c->seed,
                           .blocks = (unsigned)c->blocks,
                           .time_s = c->time_s > 0 ? c->time_s : given,
                           .time_firm = c->time_s > 0,
                           .race = c->tune,
                           .take = c->server.command ? take_server : NULL,
                           .see = record,
                           .context = c};
    struct zm_outcome outcome;
    zm_child_catch_signals();
    int status = zm_measure(&plan, &c->samples, &outcome);
    return finish(c, &outcome, plan.time_s, status);
}

int zm_cmd_compare(int argc, char **argv)
{
    static struct zm_comparison c; /* what the rows of --with point to is never freed */
    int status;
    c.server.listen_s = 30;
    c.seed = (uint64_t)time(NULL) * 65537 % 1000003 * 1000 + (uint64_t)getpid() % 1000;
    zm_backends_all(&c.backends);
    if (!zm_options_parse(&zm_subcommand_compare, argc, argv, &c, &status))
        return status;
    status = prepare(argv + optind, &c);
    if (status == 0)
        status = run(&c);
    if (c.json && c.json != stdout && fclose(c.json) != 0 && status == 0) {
        zm_error(NAME, "can't write '%s': %s", c.json_path, strerror(errno));
        status = ZM_EXIT_TOOL;
    }
    zm_samples_clear(&c.samples);
    if (c.variants || c.tune)
        zm_variants_clear(&c.rows);
    zm_workload_clear(&c.workload);
    return status;
}
