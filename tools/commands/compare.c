/* zmalloc compare: one command under several backends. measuring/blocks.h says how it is run.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "compare.h"

#include "commands.h"
#include "tools/common/cli.h"
#include "tools/common/table.h"
#include "tools/measuring/blocks.h"
#include "tools/options/parse.h"
#include "tools/process/child.h"
#include "tools/process/hardware.h"
#include "tools/process/preload.h"
#include "tools/reporting/before_after.h"
#include "tools/reporting/pareto_text.h"
#include "tools/reporting/text.h"
#include "tools/results/circumstances.h"
#include "tools/results/reader.h"
#include "tools/samples/variants.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAME           ZM_COMPARE
#define DEFAULT_TIME_S 120
#define TUNE_TIME_S    300
#define PATIENCE_S     60 /* the help says so */

static bool has_commands(const struct zm_comparison *c)
{
    return c->commands.command_count > 0 || c->commands.parameter_count > 0;
}

/* An option that only servers have; NULL: none was given. */
static const char *needs_server(const struct zm_comparison *c)
{
    return c->server.ready_line           ? "--ready-line"
           : c->server.ready_command      ? "--ready-command"
           : c->server.inherits           ? "--inherit-socket"
           : c->server.signal             ? "--signal"
           : c->server.stop_timeout_s > 0 ? "--stop-timeout"
                                          : NULL;
}

static int find_workload(char **command, struct zm_comparison *c)
{
    if (has_commands(c)) {
        if (c->server.command || c->server.load)
            return zm_usage_error(NAME, "either -c and -P, or --server");
        if (c->commands.command_count == 0 && !*command)
            return zm_usage_error(NAME, "-P needs a command with a place for it");
        return 0; /* it comes with the rows */
    }
    if (!c->server.command && !c->server.load && needs_server(c))
        return zm_usage_error(NAME, "%s is for a --server", needs_server(c));
    if (!c->server.command && !c->server.load)
        return *command ? zm_workload_from_command(NAME, command, &c->workload)
                        : zm_workload_default(NAME, &c->workload);
    if (*command)
        return zm_usage_error(NAME, "either a command or --server, not '%s' too", *command);
    if (c->input)
        return zm_usage_error(NAME, "either --input or --server");
    int status = zm_server_prepare(NAME, &c->server);
    return status ? status : zm_server_workload(NAME, &c->server, &c->workload);
}

static int take_server(void *context, const struct zm_row *row, unsigned block, double timeout_s,
                       struct zm_sample *out)
{
    struct zm_comparison *c = context;
    c->server.timeout_s = timeout_s;
    return zm_server_take(&c->server, row, block, out);
}

static int choose_baseline(struct zm_comparison *c)
{
    for (size_t r = 0; c->baseline && r < c->rows.count; r++) {
        if (strcmp(c->rows.all[r].label, c->baseline) == 0) {
            c->rows.baseline = r;
            return 0;
        }
    }
    return c->baseline ? zm_usage_error(NAME, "no row is called '%s'", c->baseline) : 0;
}

static int make_rows(char **command, struct zm_comparison *c)
{
    int status = 0;
    if (c->variants_path)
        status = zm_variants_read(NAME, c->variants_path, &c->backends, &c->rows);
    else if (c->variants || c->tune)
        zm_variants_builtin(&c->backends, &c->rows);
    else
        status = zm_rows_from_backends(NAME, &c->backends, &c->rows);
    if (status == 0)
        status = zm_rows_add_more(NAME, &c->more, &c->rows);
    if (status == 0 && c->pymalloc)
        status = zm_rows_set(NAME, "PYTHONMALLOC=malloc", strcmp(c->pymalloc, "both") == 0,
                             "direct", &c->rows);
    if (status == 0 && has_commands(c))
        status = zm_rows_of_commands(NAME, &c->commands, command, &c->workload, &c->rows);
    if (status == 0)
        status = choose_baseline(c);
    if (status == 0 && !c->no_control && zm_rows_add_control(&c->rows) != 0) {
        zm_error(NAME, "out of memory");
        status = ZM_EXIT_TOOL;
    }
    return status;
}

/* The last runs of the same workload in the file to compare with. */
static int find_group(struct zm_comparison *c)
{
    struct zm_dataset *d = &c->dataset;
    int status = c->against ? zm_dataset_read(NAME, c->against, d) : 0;
    if (status == 0 && zm_dataset_finish(d) != 0) {
        zm_error(NAME, "out of memory");
        return ZM_EXIT_TOOL;
    }
    for (size_t g = 0; g < d->group_count; g++) {
        if (strcmp(d->groups[g]->workload, c->workload.name) == 0 &&
            (!c->group || d->groups[g]->place > c->group->place))
            c->group = d->groups[g];
    }
    if (status == 0 && c->against && !c->group)
        return zm_usage_error(NAME, "'%s' has no runs of: %s", c->against, c->workload.name);
    return status;
}

/* Finds out everything that can be wrong, before the first run. */
static int prepare(char **command, struct zm_comparison *c)
{
    int status = find_workload(command, c);
    if (status == 0)
        status = make_rows(command, c);
    if (status == 0)
        status = zm_preload_find(NAME, c->library);
    if (status == 0)
        status = zm_preload_apply(NAME, c->library);
    if (status == 0)
        status = find_group(c);
    if (status != 0)
        return status;
    c->run = (struct zm_shared_run){.subcommand = NAME,
                                    .json_path = c->json_path,
                                    .seed = c->seed,
                                    .stdout_taken = zm_exports_take_stdout(&c->exports)};
    return zm_shared_run_begin(&c->run, &c->rows, c->library);
}

static void record(void *context, const struct zm_sample *sample)
{
    struct zm_comparison *c = context;
    zm_shared_run_record(&c->run, c->workload.name, sample);
}

/* 0, or -ENOMEM. */
static int print_against(const struct zm_comparison *c, const struct zm_evidence *now, FILE *out)
{
    struct zm_evidence before = zm_group_evidence(c->group);
    json_t *today = zm_run_record(c->run.id, NAME, c->seed, &c->rows, c->library);
    char *changed = NULL;
    size_t size;
    FILE *text = today ? open_memstream(&changed, &size) : NULL;
    int status = text ? 0 : -ENOMEM;
    if (text) {
        zm_circumstances_put_records(c->dataset.runs[c->group->run].record, today, text);
        status = fclose(text) == 0 ? 0 : -ENOMEM;
    }
    if (status == 0)
        status = zm_before_after_print(&before, now, changed, out, zm_wants_colour(out));
    free(changed);
    json_decref(today);
    return status;
}

static int report(struct zm_comparison *c, const struct zm_outcome *outcome, double limit)
{
    char over[64], ending[64];
    snprintf(over, sizeof over, "the time of %g s is over: --time", limit);
    struct zm_text_report report = {
        .workload = c->workload.name,
        .evidence = {.samples = c->samples.all,
                     .count = c->samples.count,
                     .rows = &c->rows,
                     .seed = c->seed},
        .ending = zm_shared_run_ending(outcome, over, "as asked for", ending, sizeof ending),
        .counters_absent = zm_counters_absent()};
    FILE *out = zm_shared_run_tables(&c->run);
    const struct zm_export_part part = {"", c->workload.name, report.evidence};
    if (zm_text_report_print(&report, out, zm_wants_colour(out)) == 0 &&
        (!(c->variants || c->tune) || zm_pareto_print(&report.evidence, c->library, out) == 0) &&
        (!c->group || print_against(c, &report.evidence, out) == 0))
        return zm_exports_write(NAME, &c->exports, &part, 1);
    zm_error(NAME, "out of memory");
    return ZM_EXIT_TOOL;
}

static int run(struct zm_comparison *c)
{
    c->workload.stdin_file = c->input;
    double given = c->blocks > 0 ? 0 : c->tune ? TUNE_TIME_S : DEFAULT_TIME_S;
    struct zm_plan plan = {.subcommand = NAME,
                           .workload = &c->workload,
                           .rows = &c->rows,
                           .seed = c->seed,
                           .blocks = (unsigned)c->blocks,
                           .time_s = c->time_s > 0 ? c->time_s : given,
                           .time_firm = c->time_s > 0,
                           .race = c->tune,
                           .prepare = c->prepare,
                           .patience_s = PATIENCE_S,
                           .take = c->server.command ? take_server : NULL,
                           .see = record,
                           .context = c};
    struct zm_outcome outcome;
    zm_child_catch_signals();
    int status = zm_measure(&plan, &c->samples, &outcome);
    if (status == 0 && outcome.blocks == 0) /* the time was over before */
        status = ZM_EXIT_FAILED_CELL;
    int reported = c->samples.count > 0 ? report(c, &outcome, plan.time_s) : 0;
    if (status >= ZM_EXIT_SIGNAL)
        zm_error(NAME, "stopped after %zu runs", c->samples.count);
    return reported ? reported : status;
}

static int compare(char **command, struct zm_comparison *c)
{
    int status = prepare(command, c);
    return status ? status : zm_shared_run_end(&c->run, run(c));
}

int zm_cmd_compare(int argc, char **argv)
{
    struct zm_comparison c = {.server = {.listen_s = 30}, .seed = zm_shared_run_seed()};
    int status = zm_backends_all(NAME, &c.backends);
    if (status == 0 && zm_options_parse(&zm_subcommand_compare, argc, argv, &c, &status))
        status = compare(argv + optind, &c);
    zm_samples_clear(&c.samples);
    zm_rows_clear(&c.rows);
    zm_more_rows_clear(&c.more);
    zm_backends_clear(&c.backends);
    zm_workload_clear(&c.workload);
    zm_dataset_clear(&c.dataset);
    return status;
}
