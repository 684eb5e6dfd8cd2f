/* zmalloc bench: every workload under every backend. A cell is one workload with its parameters:
 * its backends are compared with one another, so they belong to one machine and to the same blocks;
 * cells can be measured anywhere.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "bench.h"

#include "backends.h"
#include "cells.h"
#include "child.h"
#include "cli.h"
#include "counters.h"
#include "jsonlines.h"
#include "measure.h"
#include "preload.h"
#include "report.h"
#include "runrecord.h"
#include "statistics.h"
#include "summary.h"
#include "table.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define NAME           "bench"
#define CELL_TIME_S    100
#define QUICK_TIME_S   20
#define QUICK_BLOCKS   8
#define QUICK_LEAST    2
#define FLOOR_RUNS     5
#define QUICK_FLOOR    3
#define FLOOR_RUNS_MAX FLOOR_RUNS

struct bench {
    struct zm_backend_list backends;
    struct zm_rows rows;
    struct zm_row floor; /* no backend */
    struct zm_cells cells;
    const char *list, *api;
    bool quick, sized, no_control, show_list, list_cells;
    uint64_t only; /* the one cell to run, from 1; 0: all */
    uint64_t blocks, seed;
    double time_s, timeout_s; /* 0: not given */
    char program[PATH_MAX], floor_program[PATH_MAX], library[PATH_MAX];

    const char *json_path; /* NULL: none */
    FILE *json;
    int json_error; /* once set, nothing more is written */
    char run[ZM_RUN_ID + 1];

    char name[128]; /* of the cell that runs, as the results have it */
    struct zm_summary *summary;
    bool failed; /* some run was */
};

static void print_help(void)
{
    puts("Usage: zmalloc bench [OPTIONS]\n"
         "       zmalloc bench overhead [OPTIONS]\n"
         "Runs the workloads that allocators are known by under every backend, each time in a "
         "fresh\n"
         "process, and tells by how much they differ in time and memory, and how sure that is. A "
         "cell is\n"
         "a workload with its parameters; what it takes without an allocator is measured first "
         "(floor).\n"
         "'overhead' measures what accounting costs over calling the allocator directly.\n"
         "\n"
         "  -q, --quick           shorter workloads, 8 blocks or 20 s a cell: within 10 minutes\n"
         "  -w, --workloads=LIST  comma-separated, each NAME[:PARAMETER=VALUE...]; the default is "
         "all\n"
         "  -b, --backends=LIST   comma-separated; the default is all: see 'zmalloc info'\n"
         "      --api=API         library (default): zmalloc, zfree; preload: malloc, free\n"
         "      --sized           frees with the size\n"
         "  -t, --time=S          seconds for a cell (default 100, quick 20), which ends before if "
         "the 95 %\n"
         "                        intervals of wall time are within +-2 % after 10 blocks or more\n"
         "  -n, --blocks=N        exactly N blocks a cell instead; each runs every backend once, "
         "shuffled\n"
         "      --no-control      without the second copy of libc in each block, which shows the "
         "noise\n"
         "      --seed=N          repeats an order; the seed is printed with the results\n"
         "      --timeout=S       stops a run that takes longer than S seconds; it counts as "
         "failed\n"
         "      --json=FILE       appends each run to FILE as a line of JSON as it comes; '-' is "
         "stdout\n"
         "                        (the tables then go to stderr)\n"
         "      --list            shows the workloads and their parameters\n"
         "      --list-cells      shows the cells, numbered\n"
         "      --cell=N          runs cell N alone; needs --json: see docs/many-machines.md\n"
         "  -h, --help            show this help; 'zmalloc bench overhead --help' that of "
         "overhead\n"
         "\n"
         "Exit status: 0 all runs count; 1 some run failed; 127 a backend not found, 125 a program "
         "is\n"
         "missing or FILE not writable, 2 wrong usage; 130 after Ctrl-C (128 + the signal), what "
         "was\n"
         "measured is reported.");
}

/* ---- the command line ---- */

static int parse_api(struct bench *b, const char *text)
{
    if (strcmp(text, "library") != 0 && strcmp(text, "preload") != 0)
        return zm_usage_error(NAME, "the API must be library or preload, not '%s'", text);
    b->api = text;
    return 0;
}

static int parse(int argc, char **argv, struct bench *b)
{
    enum { API = 256, SIZED, NO_CONTROL, SEED, TIMEOUT, JSON, LIST, LIST_CELLS, CELL };
    static const struct option options[] = {{"quick", no_argument, NULL, 'q'},
                                            {"workloads", required_argument, NULL, 'w'},
                                            {"backends", required_argument, NULL, 'b'},
                                            {"api", required_argument, NULL, API},
                                            {"sized", no_argument, NULL, SIZED},
                                            {"time", required_argument, NULL, 't'},
                                            {"blocks", required_argument, NULL, 'n'},
                                            {"no-control", no_argument, NULL, NO_CONTROL},
                                            {"seed", required_argument, NULL, SEED},
                                            {"timeout", required_argument, NULL, TIMEOUT},
                                            {"json", required_argument, NULL, JSON},
                                            {"list", no_argument, NULL, LIST},
                                            {"list-cells", no_argument, NULL, LIST_CELLS},
                                            {"cell", required_argument, NULL, CELL},
                                            {"help", no_argument, NULL, 'h'},
                                            {NULL, 0, NULL, 0}};
    int status = 0;
    opterr = 0;
    for (int o;
         status == 0 && (o = getopt_long(argc, argv, "+:qw:b:t:n:h", options, NULL)) != -1;) {
        switch (o) {
        case 'q':
            b->quick = true;
            break;
        case 'w':
            b->list = optarg;
            break;
        case 'b':
            status = zm_backends_parse(NAME, optarg, &b->backends);
            break;
        case API:
            status = parse_api(b, optarg);
            break;
        case SIZED:
            b->sized = true;
            break;
        case 't':
            status = zm_option_seconds(NAME, "the time", optarg, &b->time_s);
            break;
        case 'n':
            status = zm_option_number(NAME, "blocks", optarg, 1, ZM_BLOCKS_MAX, &b->blocks);
            break;
        case NO_CONTROL:
            b->no_control = true;
            break;
        case SEED:
            status = zm_option_number(NAME, "the seed", optarg, 0, ZM_SEED_MAX, &b->seed);
            break;
        case TIMEOUT:
            status = zm_option_seconds(NAME, "the timeout", optarg, &b->timeout_s);
            break;
        case JSON:
            b->json_path = optarg;
            break;
        case LIST:
            b->show_list = true;
            break;
        case LIST_CELLS:
            b->list_cells = true;
            break;
        case CELL:
            status = zm_option_number(NAME, "the cell", optarg, 1, 1000000, &b->only);
            break;
        case 'h':
            print_help();
            exit(zm_finish_stdout(NAME, ZM_EXIT_OK));
        default:
            return zm_refuse_option(NAME, o, argv);
        }
    }
    if (status == 0 && optind < argc)
        return zm_usage_error(NAME, "unknown benchmark '%s'", argv[optind]);
    return status;
}

/* ---- before the first run ---- */

static int open_json(struct bench *b)
{
    zm_run_id(b->run);
    return b->json_path
               ? zm_run_open(NAME, b->json_path, b->run, b->seed, &b->rows, b->library, &b->json)
               : 0;
}

static int find_cells(struct bench *b)
{
    int status = zm_cells_program(NAME, "none", b->floor_program);
    if (status == 0 && b->show_list)
        return zm_cells_describe(NAME, b->floor_program);
    if (status == 0)
        status = zm_cells_parse(NAME, b->list, b->sized, b->quick, b->floor_program, &b->cells);
    if (status == 0 && b->only > b->cells.count)
        return zm_usage_error(NAME, "there is no cell %llu: the last one is %zu",
                              (unsigned long long)b->only, b->cells.count);
    if (status == 0 && b->only && !b->json_path)
        return zm_usage_error(NAME, "--cell needs --json=FILE");
    return status;
}

/* Everything that can be wrong is found out before the first run. */
static int prepare(struct bench *b)
{
    static char *no_preload[] = {(char *)"LD_PRELOAD=", NULL};
    bool preload = strcmp(b->api, "preload") == 0;
    int status = zm_cells_program(NAME, b->api, b->program);
    if (status == 0 && preload)
        status = zm_preload_find(NAME, b->library);
    if (status == 0 && preload)
        status = zm_preload_apply(NAME, b->library);
    if (status != 0)
        return status;
    zm_rows_from_backends(&b->backends, &b->rows);
    if (!b->no_control)
        zm_rows_add_control(&b->rows);
    b->floor = (struct zm_row){.label = "no allocator", .backend = "none", .settings = no_preload};
    status = open_json(b);
    if (status != 0)
        return status;
    if (getenv("MALLOC_PERTURB_"))
        zm_error(NAME, "note: MALLOC_PERTURB_ is set, which slows libc down");
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
    b->failed = b->failed || !sample->ok;
    if (!b->json || b->json_error)
        return;
    b->json_error = zm_jsonlines_write_sample(b->json, b->run, b->name, b->seed, sample);
    if (b->json_error)
        zm_error(NAME, "can't write '%s' any more: %s", b->json_path, strerror(-b->json_error));
}

/* What the workload takes without an allocator: the median, negative if it can't be told. Returns
 * the exit status, 0 also if a run fails. */
static int measure_floor(struct bench *b, const struct zm_workload *workload, double *out)
{
    double walls[FLOOR_RUNS_MAX];
    unsigned runs = b->quick ? QUICK_FLOOR : FLOOR_RUNS, good = 0;
    for (unsigned i = 1; i <= runs; i++) {
        struct zm_sample sample;
        int status = zm_sample_take(workload, &b->floor, i, &sample);
        if (status == 0 && sample.spawn_error)
            status = -sample.spawn_error;
        if (status != 0) {
            zm_error(NAME, "can't run '%s': %s", workload->program, strerror(-status));
            return ZM_EXIT_TOOL;
        }
        if (!sample.interrupted)
            record(b, &sample);
        if (sample.ok)
            walls[good++] = sample.values[ZM_WALL];
        zm_sample_clear(&sample);
        if (zm_child_interrupted())
            return ZM_EXIT_SIGNAL + zm_child_interrupted();
    }
    *out = good ? zm_spread(walls, good).median : -1;
    return 0;
}

static const char *ending(const struct zm_outcome *outcome)
{
    switch (outcome->ending) {
    case ZM_END_PRECISE:
        return "wall time is within +-2 %";
    case ZM_END_TIME:
        return "the cell's time is over: --time";
    case ZM_END_STOPPED:
        return "stopped before the end";
    default:
        return NULL;
    }
}

static int report(struct bench *b, const struct zm_samples *samples,
                  const struct zm_outcome *outcome, double floor_s)
{
    FILE *out = b->json == stdout ? stderr : stdout;
    struct zm_report report = {.workload = b->name,
                               .evidence = {samples->all, samples->count, &b->rows, b->seed},
                               .ending = ending(outcome),
                               .counters_absent = zm_counters_absent()};
    if (zm_report_print(&report, out, zm_wants_colour(out)) != 0 ||
        zm_summary_add(b->summary, b->name, &report.evidence, floor_s) != 0) {
        zm_error(NAME, "out of memory");
        return ZM_EXIT_TOOL;
    }
    if (floor_s >= 0)
        fprintf(out, "floor: %.3f s without an allocator\n", floor_s);
    fputc('\n', out);
    fflush(out);
    return 0;
}

static int run_cell(struct bench *b, const struct zm_cell *cell)
{
    /* What is not the same work must not be merged. */
    snprintf(b->name, sizeof b->name, "%s%s%s", cell->name, b->quick ? " quick" : "",
             strcmp(b->api, "preload") == 0 ? " preload" : "");
    struct zm_workload floor = {b->name, b->floor_program, cell->argv, b->timeout_s};
    struct zm_workload workload = {b->name, b->program, cell->argv, b->timeout_s};
    double standard_s = b->blocks ? 0 : b->quick ? QUICK_TIME_S : CELL_TIME_S;
    struct zm_plan plan = {.subcommand = NAME,
                           .workload = &workload,
                           .rows = &b->rows,
                           .seed = b->seed,
                           .blocks = b->blocks                ? (unsigned)b->blocks
                                     : b->quick && !b->time_s ? QUICK_BLOCKS
                                                              : 0,
                           .time_s = b->time_s > 0 ? b->time_s : standard_s,
                           .least = b->quick ? QUICK_LEAST : 0,
                           .time_firm = b->time_s > 0,
                           .see = record,
                           .context = b};
    struct zm_samples samples = {0};
    struct zm_outcome outcome;
    double floor_s = -1;
    int status = measure_floor(b, &floor, &floor_s);
    if (status != 0)
        return status;
    status = zm_measure(&plan, &samples, &outcome);
    if (samples.count > 0) {
        int printed = report(b, &samples, &outcome, floor_s);
        status = status ? status : printed;
    }
    zm_samples_clear(&samples);
    return status;
}

/* A cell that fails takes no other with it. */
static int run_all(struct bench *b)
{
    int status = 0;
    size_t begin = b->only ? b->only - 1 : 0, end = b->only ? b->only : b->cells.count;
    for (size_t i = begin; i < end && status < ZM_EXIT_SIGNAL; i++) {
        if (end - begin > 1)
            fprintf(stderr, "cell %zu of %zu: %s\n", i + 1, b->cells.count, b->cells.all[i].name);
        int one = run_cell(b, &b->cells.all[i]);
        status = one > status ? one : status;
    }
    if (status >= ZM_EXIT_SIGNAL)
        zm_error(NAME, "stopped; what was measured is reported");
    return status == 0 && b->failed ? ZM_EXIT_FAILED_CELL : status;
}

static int finish(struct bench *b, int status)
{
    FILE *out = b->json == stdout ? stderr : stdout;
    if (b->cells.count > 1 && !b->only && zm_summary_print(b->summary, out, zm_wants_colour(out)))
        status = ZM_EXIT_TOOL;
    if (b->json_error && status <= ZM_EXIT_FAILED_CELL)
        status = ZM_EXIT_TOOL;
    return zm_finish_stdout(NAME, status);
}

static int list_cells(const struct bench *b)
{
    for (size_t i = 0; i < b->cells.count; i++)
        printf("%zu\t%s\n", i + 1, b->cells.all[i].name);
    return zm_finish_stdout(NAME, ZM_EXIT_OK);
}

int zm_bench_matrix(int argc, char **argv)
{
    struct bench b = {.api = "library",
                      .seed = (uint64_t)time(NULL) * 65537 % 1000003 * 1000 +
                              (uint64_t)getpid() % 1000};
    zm_backends_all(&b.backends);
    int status = parse(argc, argv, &b);
    if (status == 0)
        status = find_cells(&b);
    if (status == 0 && b.show_list)
        status = zm_finish_stdout(NAME, ZM_EXIT_OK);
    else if (status == 0 && b.list_cells)
        status = list_cells(&b);
    else if (status == 0)
        status = prepare(&b);
    if (status == 0 && b.summary) {
        zm_child_catch_signals();
        status = finish(&b, run_all(&b));
    }
    if (b.json && b.json != stdout && fclose(b.json) != 0 && status == 0) {
        zm_error(NAME, "can't write '%s': %s", b.json_path, strerror(errno));
        status = ZM_EXIT_TOOL;
    }
    zm_summary_free(b.summary);
    zm_cells_clear(&b.cells);
    return status;
}
