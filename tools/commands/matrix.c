/* zmalloc bench: every workload under every backend. A cell is one workload with its parameters.
 * Its backends are compared with each other, so they must run on one machine and in the same
 * blocks; different cells may run on different machines.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "matrix.h"

#include "bench.h"
#include "commands.h"
#include "matrix_script.h"
#include "shared_run.h"
#include "tools/common/cli.h"
#include "tools/common/table.h"
#include "tools/measuring/blocks.h"
#include "tools/measuring/cells.h"
#include "tools/measuring/drain.h"
#include "tools/options/parse.h"
#include "tools/process/child.h"
#include "tools/process/hardware.h"
#include "tools/process/preload.h"
#include "tools/reporting/summary.h"
#include "tools/reporting/text.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAME          ZM_MATRIX_NAME
#define CELL_TIME_S   80
#define QUICK_TIME_S  25 /* about what a quick cell's blocks take */
#define QUICK_BLOCKS  ZM_INTERVAL_PAIRS
#define PATIENCE_S    60 /* the help says so */
#define DRAIN_S       5
#define QUICK_DRAIN_S 1
/* The runs that end in idling: as many as an interval needs, if there is the time. */
#define DRAIN_BLOCKS       ZM_INTERVAL_PAIRS
#define DRAIN_TIME_S       40
#define QUICK_DRAIN_TIME_S 6

struct bench {
    struct zm_matrix_options asked;
    struct zm_rows rows;
    struct zm_row floor; /* the row without a backend */
    struct zm_cells cells;
    char program[PATH_MAX], floor_program[PATH_MAX], library[PATH_MAX];

    struct zm_shared_run run;
    char name[128]; /* the running cell's, as it is recorded */
    struct zm_summary *summary;
};

/* ---- before the first run ---- */

static int find_cells(struct bench *b)
{
    int status = zm_cells_program(NAME, "none", b->floor_program);
    if (status == 0 && b->asked.show_list)
        return zm_cells_describe(NAME, b->floor_program, stdout);
    if (status == 0)
        status = zm_cells_parse(NAME, b->asked.list, b->asked.sized, b->asked.quick,
                                b->floor_program, &b->cells);
    if (status == 0 && b->asked.only > b->cells.count)
        return zm_usage_error(NAME, "there is no cell %llu: the last one is %zu",
                              (unsigned long long)b->asked.only, b->cells.count);
    if (status == 0 && b->asked.only && !b->asked.json_path)
        return zm_usage_error(NAME, "--cell needs --json=FILE");
    return status;
}

static int make_rows(struct bench *b)
{
    static char *const no_preload[] = {(char *)"LD_PRELOAD=", NULL};
    int status = zm_rows_from_backends(NAME, &b->asked.backends, &b->rows);
    if (status == 0)
        status = zm_rows_add_more(NAME, &b->asked.more, &b->rows);
    if (status != 0)
        return status;
    if ((b->asked.no_control || zm_rows_add_control(&b->rows) == 0) &&
        zm_row_make("no allocator", "none", no_preload, &b->floor) == 0)
        return 0;
    zm_error(NAME, "out of memory");
    return ZM_EXIT_TOOL;
}

/* Finds out everything that can be wrong, before the first run. */
static int prepare(struct bench *b)
{
    bool preload = strcmp(b->asked.api, "preload") == 0;
    int status = zm_cells_program(NAME, b->asked.api, b->program);
    if (status == 0 && preload)
        status = zm_preload_find(NAME, b->library);
    if (status == 0 && preload)
        status = zm_preload_apply(NAME, b->library);
    if (status != 0)
        return status;
    status = make_rows(b);
    if (status != 0)
        return status;
    b->run = (struct zm_shared_run){.subcommand = NAME,
                                    .json_path = b->asked.json_path,
                                    .seed = b->asked.seed,
                                    .whole = b->asked.only != 0};
    status = zm_shared_run_begin(&b->run, &b->rows, b->library);
    if (status != 0)
        return status;
    b->summary = zm_summary_new(&b->rows);
    if (b->summary)
        return 0;
    zm_error(NAME, "out of memory");
    return ZM_EXIT_TOOL;
}

/* ---- a cell ---- */

static void record(void *context, const struct zm_sample *sample)
{
    struct bench *b = context;
    zm_shared_run_record(&b->run, b->name, sample);
}

/* How long each run idles. */
static double drain_s(const struct bench *b)
{
    double standard_s = b->asked.quick ? QUICK_DRAIN_S : DRAIN_S;
    return b->asked.drain_s >= 0 ? b->asked.drain_s : standard_s;
}

static int measure_drain(const struct bench *b, const struct zm_plan *plan,
                         struct zm_samples *samples)
{
    double seconds = drain_s(b);
    if (seconds <= 0)
        return 0;
    char option[48], *argv[ZM_CELL_WORDS + 2];
    size_t words = 0;
    for (; plan->workload->argv[words]; words++)
        argv[words] = plan->workload->argv[words];
    snprintf(option, sizeof option, "--drain=%g", seconds);
    argv[words++] = option;
    argv[words] = NULL;
    struct zm_workload drained = *plan->workload;
    struct zm_plan drain_plan = *plan;
    drained.argv = argv;
    drained.timeout_s += drained.timeout_s > 0 ? seconds : 0;
    drain_plan.workload = &drained;
    drain_plan.blocks = b->asked.blocks > 0 && b->asked.blocks < DRAIN_BLOCKS
                            ? (unsigned)b->asked.blocks
                            : DRAIN_BLOCKS;
    drain_plan.time_s = b->asked.blocks  ? INFINITY
                        : b->asked.quick ? QUICK_DRAIN_TIME_S
                                         : DRAIN_TIME_S;
    fprintf(stderr, "memory after %g s of idling: up to %u blocks more\n", seconds,
            drain_plan.blocks);
    return zm_measure_drain(&drain_plan, samples);
}

static int report(struct bench *b, const struct zm_samples *samples,
                  const struct zm_samples *floors, const struct zm_outcome *outcome)
{
    char buf[64];
    FILE *out = zm_shared_run_tables(&b->run);
    struct zm_text_report report = {
        .workload = b->name,
        .evidence = {samples->all, samples->count, &b->rows, b->asked.seed, floors->all,
                     floors->count},
        .ending =
            zm_shared_run_ending(outcome, "the cell's time is over: --time", NULL, buf, sizeof buf),
        .counters_absent = zm_counters_absent()};
    if (zm_text_report_print(&report, out, zm_wants_colour(out)) != 0 ||
        zm_summary_add(b->summary, b->name, "", &report.evidence) != 0) {
        zm_error(NAME, "out of memory");
        return ZM_EXIT_TOOL;
    }
    fputc('\n', out);
    fflush(out);
    return 0;
}

static int run_cell(struct bench *b, const struct zm_cell *cell)
{
    /* Reports merge samples of one name, so different work must have different names. */
    snprintf(b->name, sizeof b->name, "%s%s%s", cell->name, b->asked.quick ? " quick" : "",
             strcmp(b->asked.api, "preload") == 0 ? " preload" : "");
    struct zm_workload workload = {.name = b->name,
                                   .program = b->program,
                                   .argv = cell->argv,
                                   .timeout_s = b->asked.timeout_s};
    double standard_s = b->asked.blocks ? 0 : b->asked.quick ? QUICK_TIME_S : CELL_TIME_S;
    unsigned standard_blocks = b->asked.quick && !b->asked.time_s ? QUICK_BLOCKS : 0;
    struct zm_samples samples = {0}, floors = {0};
    struct zm_plan plan = {.subcommand = NAME,
                           .workload = &workload,
                           .rows = &b->rows,
                           .seed = b->asked.seed,
                           .blocks = b->asked.blocks ? (unsigned)b->asked.blocks : standard_blocks,
                           .time_s = b->asked.time_s > 0 ? b->asked.time_s : standard_s,
                           .time_firm = b->asked.time_s > 0,
                           .patience_s = PATIENCE_S,
                           .floor = &b->floor,
                           .floor_program = b->floor_program,
                           .floors = &floors,
                           .see = record,
                           .context = b};
    struct zm_outcome outcome;
    int status = zm_measure(&plan, &samples, &outcome);
    if (status == 0 && outcome.blocks == 0)
        status = ZM_EXIT_FAILED_CELL;
    if (status == 0 && outcome.ending != ZM_END_FAILED)
        status = measure_drain(b, &plan, &samples);
    if (samples.count > 0) {
        int printed = report(b, &samples, &floors, &outcome);
        status = status ? status : printed;
    }
    zm_samples_clear(&samples);
    zm_samples_clear(&floors);
    return status;
}

/* Goes on with the other cells when one fails. */
static int run_all(struct bench *b)
{
    int status = 0;
    size_t begin = b->asked.only ? b->asked.only - 1 : 0,
           end = b->asked.only ? b->asked.only : b->cells.count;
    for (size_t i = begin; i < end && status < ZM_EXIT_SIGNAL; i++) {
        if (end - begin > 1)
            fprintf(stderr, "cell %zu of %zu: %s\n", i + 1, b->cells.count, b->cells.all[i].name);
        int one = run_cell(b, &b->cells.all[i]);
        status = one > status ? one : status;
    }
    if (status >= ZM_EXIT_SIGNAL)
        zm_error(NAME, zm_summary_count(b->summary) > 0 ? "stopped; what was measured is reported"
                                                        : "stopped before any run had ended");
    return status;
}

static int measure(struct bench *b)
{
    int status = prepare(b);
    if (status == 0) {
        FILE *out = zm_shared_run_tables(&b->run);
        zm_child_catch_signals();
        status = run_all(b);
        if (b->cells.count > 1 && !b->asked.only && zm_summary_count(b->summary) > 0 &&
            zm_summary_print(b->summary, out, zm_wants_colour(out)) != 0)
            status = ZM_EXIT_TOOL;
    }
    return zm_shared_run_end(&b->run, status);
}

static int list_cells(const struct bench *b)
{
    for (size_t i = 0; i < b->cells.count; i++)
        printf("%zu\t%s\n", i + 1, b->cells.all[i].name);
    return zm_finish_stdout(NAME, ZM_EXIT_OK);
}

/* About how long a cell takes, for a script that spreads cells. */
static double cell_s(const struct bench *b)
{
    double standard = b->asked.quick ? QUICK_TIME_S : CELL_TIME_S;
    double drains = b->asked.quick ? QUICK_DRAIN_TIME_S : DRAIN_TIME_S;
    return (b->asked.time_s > 0 ? b->asked.time_s : standard) +
           (drain_s(b) > 0 ? drains + drain_s(b) : 0);
}

static int bench(struct bench *b, int argc, char *const *argv)
{
    int status = find_cells(b);
    if (status != 0)
        return status;
    if (b->asked.show_list)
        return zm_finish_stdout(NAME, ZM_EXIT_OK);
    if (b->asked.slurm || b->asked.parallel)
        return zm_matrix_script(&b->asked, b->cells.count, cell_s(b), argc, argv);
    return b->asked.list_cells ? list_cells(b) : measure(b);
}

int zm_bench_matrix(int argc, char **argv)
{
    static struct bench b; /* too large for the stack */
    b.asked.api = "library";
    b.asked.drain_s = -1;
    b.asked.seed = zm_shared_run_seed();
    int status = zm_backends_all(NAME, &b.asked.backends);
    if (status == 0 && zm_options_parse(&zm_subcommand_bench, argc, argv, &b.asked, &status))
        status = bench(&b, argc, argv);
    zm_summary_free(b.summary);
    zm_cells_clear(&b.cells);
    zm_row_clear(&b.floor);
    zm_rows_clear(&b.rows);
    zm_more_rows_clear(&b.asked.more);
    zm_backends_clear(&b.asked.backends);
    return status;
}
