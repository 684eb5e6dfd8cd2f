/* zmalloc compare: one command under several backends. measure.h tells how it is run.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "backends.h"
#include "child.h"
#include "cli.h"
#include "counters.h"
#include "jsonlines.h"
#include "measure.h"
#include "preload.h"
#include "report.h"
#include "runrecord.h"
#include "sample.h"
#include "table.h"
#include "workload.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define NAME           "compare"
#define SEED_MAX       ((UINT64_C(1) << 53) - 1) /* every reader of JSON keeps it */
#define DEFAULT_TIME_S 120
#define ZM_WITH_MAX    16

struct comparison {
    struct zm_backend_list backends;
    struct zm_rows rows;
    struct zm_row more[ZM_WITH_MAX];
    size_t more_count;
    uint64_t blocks, seed;
    double time_s; /* 0: not given */
    bool no_control;
    struct zm_job job;
    struct zm_workload workload;
    char library[PATH_MAX];

    const char *json_path; /* NULL: none */
    FILE *json;
    int json_error; /* once set, nothing more is written */
    char run[ZM_RUN_ID + 1];

    struct zm_samples samples;
};

static void print_help(void)
{
    puts("Usage: zmalloc compare [OPTIONS] [--] [COMMAND [ARGUMENTS]]\n"
         "Runs COMMAND under several backends, each time in a fresh process, and tells by how much "
         "they\n"
         "differ in time and memory, and how sure that is. Without COMMAND: sqlite3 building and "
         "querying a\n"
         "database in memory, or python3 building dictionaries. COMMAND reads from and writes to "
         "/dev/null,\n"
         "and runs once uncounted before the first block.\n"
         "\n"
         "  -b, --backends=LIST  comma-separated; the default is all: see 'zmalloc info'\n"
         "      --with=ARM       one row more, as often as you like: a backend from outside "
         "(lib:LIBRARY,\n"
         "                       or a module's file) or any other, with wraps behind commas:\n"
         "                       lib:libtbbmalloc.so.2   ./mine.so   jemalloc,slow:ns=20\n"
         "  -t, --time=S         at most S seconds (default 120). Runs are made in blocks: each "
         "runs every\n"
         "                       backend once, in shuffled order. At least 10, then until the 95 "
         "%\n"
         "                       intervals of wall time are within +-2 %, or the time is over\n"
         "  -n, --blocks=N       exactly N blocks instead, as long as it takes\n"
         "      --no-control     without the second copy of libc in each block, which shows the "
         "noise\n"
         "      --seed=N         repeats an order; the seed is printed below the table\n"
         "      --timeout=S      stops a run that takes longer than S seconds; it counts as "
         "failed\n"
         "      --json=FILE      appends each run to FILE as a line of JSON as it comes; '-' is "
         "stdout\n"
         "                       (the table then goes to stderr)\n"
         "  -h, --help           show this help\n"
         "\n"
         "A run counts if COMMAND exits with 0 and a process of it reports allocations from the "
         "backend.\n"
         "\n"
         "Exit status: 0 all runs count; 1 some run failed; 127 COMMAND or a backend not found, "
         "126\n"
         "COMMAND can't be executed, 125 preload library missing or FILE not writable, 2 wrong "
         "usage;\n"
         "130 after Ctrl-C (128 + the signal), what was measured is reported.\n"
         "Environment: NO_COLOR, TMPDIR; ZMALLOC_PRELOAD names the preload library, where it is "
         "not in\n"
         "its usual place.");
}

static int parse(int argc, char **argv, struct comparison *c)
{
    enum { SEED = 256, TIMEOUT, JSON, NO_CONTROL, WITH };
    static const struct option options[] = {{"backends", required_argument, NULL, 'b'},
                                            {"blocks", required_argument, NULL, 'n'},
                                            {"time", required_argument, NULL, 't'},
                                            {"no-control", no_argument, NULL, NO_CONTROL},
                                            {"with", required_argument, NULL, WITH},
                                            {"seed", required_argument, NULL, SEED},
                                            {"timeout", required_argument, NULL, TIMEOUT},
                                            {"json", required_argument, NULL, JSON},
                                            {"help", no_argument, NULL, 'h'},
                                            {NULL, 0, NULL, 0}};
    int status;
    opterr = 0;
    for (int o; (o = getopt_long(argc, argv, "+:b:n:t:h", options, NULL)) != -1;) {
        switch (o) {
        case 'b':
            status = zm_backends_parse(NAME, optarg, &c->backends);
            if (status != 0)
                return status;
            break;
        case 'n':
            if (!zm_parse_number(optarg, 1, ZM_BLOCKS_MAX, &c->blocks))
                return zm_usage_error(NAME, "blocks must be 1 to %d, not '%s'", ZM_BLOCKS_MAX,
                                      optarg);
            break;
        case 't':
            if (!zm_parse_seconds(optarg, &c->time_s))
                return zm_usage_error(NAME, "the time must be seconds above 0, not '%s'", optarg);
            break;
        case WITH:
            if (c->more_count == ZM_WITH_MAX)
                return zm_usage_error(NAME, "more than %d times --with", ZM_WITH_MAX);
            status = zm_row_parse(NAME, optarg, &c->more[c->more_count]);
            if (status != 0)
                return status;
            c->more_count++;
            break;
        case NO_CONTROL:
            c->no_control = true;
            break;
        case SEED:
            if (!zm_parse_number(optarg, 0, SEED_MAX, &c->seed))
                return zm_usage_error(NAME, "the seed must be 0 to %llu, not '%s'",
                                      (unsigned long long)SEED_MAX, optarg);
            break;
        case TIMEOUT:
            if (!zm_parse_seconds(optarg, &c->workload.timeout_s))
                return zm_usage_error(NAME, "the timeout must be seconds above 0, not '%s'",
                                      optarg);
            break;
        case JSON:
            c->json_path = optarg;
            break;
        case 'h':
            print_help();
            exit(zm_finish_stdout(NAME, ZM_EXIT_OK));
        default:
            return zm_refuse_option(NAME, o, argv);
        }
    }
    return 0;
}

static int open_json(struct comparison *c)
{
    zm_run_id(c->run);
    if (!c->json_path)
        return 0;
    c->json = strcmp(c->json_path, "-") == 0 ? stdout : zm_jsonlines_open(c->json_path);
    int error = c->json ? zm_jsonlines_write(
                              c->json, zm_run_record(c->run, NAME, c->seed, &c->rows, c->library))
                        : -errno;
    if (error) {
        zm_error(NAME, "can't write '%s': %s", c->json_path, strerror(-error));
        return ZM_EXIT_TOOL;
    }
    return 0;
}

/* Everything that can be wrong is found out before the first run. */
static int prepare(char **command, struct comparison *c)
{
    int status =
        *command ? zm_job_from_command(NAME, command, &c->job) : zm_job_default(NAME, &c->job);
    if (status == 0)
        status = zm_preload_find(NAME, c->library);
    if (status == 0)
        status = zm_preload_apply(NAME, c->library);
    if (status != 0)
        return status;
    c->workload.name = c->job.name;
    c->workload.program = c->job.program;
    c->workload.argv = c->job.argv;
    zm_rows_from_backends(&c->backends, false, &c->rows);
    for (size_t i = 0; i < c->more_count; i++)
        if (!zm_rows_add(&c->rows, &c->more[i]))
            return zm_usage_error(NAME, "'%s' is there twice", c->more[i].label);
    if (!c->no_control)
        zm_rows_add_control(&c->rows);
    status = open_json(c);
    if (status == 0 && getenv("MALLOC_PERTURB_"))
        zm_error(NAME, "note: MALLOC_PERTURB_ is set, which slows libc down");
    return status;
}

static void record(void *context, const struct zm_sample *sample)
{
    struct comparison *c = context;
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

static int finish(struct comparison *c, const struct zm_outcome *outcome, double limit, int status)
{
    char ending[64];
    describe_ending(outcome, limit, ending, sizeof ending);
    if (c->samples.count > 0) {
        struct zm_report report = {
            .workload = c->workload.name,
            .evidence = {c->samples.all, c->samples.count, &c->rows, c->seed},
            .ending = ending,
            .counters_absent = zm_counters_absent()};
        FILE *out = c->json == stdout ? stderr : stdout;
        if (zm_report_print(&report, out, zm_wants_colour(out)) != 0) {
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

static int run(struct comparison *c)
{
    struct zm_plan plan = {.subcommand = NAME,
                           .workload = &c->workload,
                           .rows = &c->rows,
                           .seed = c->seed,
                           .blocks = (unsigned)c->blocks,
                           .time_s = c->time_s > 0   ? c->time_s
                                     : c->blocks > 0 ? 0
                                                     : DEFAULT_TIME_S,
                           .time_firm = c->time_s > 0,
                           .see = record,
                           .context = c};
    struct zm_outcome outcome;
    zm_child_catch_signals();
    int status = zm_measure(&plan, &c->samples, &outcome);
    return finish(c, &outcome, plan.time_s, status);
}

int zm_cmd_compare(int argc, char **argv)
{
    struct comparison c = {.seed = (uint64_t)time(NULL) * 65537 % 1000003 * 1000 +
                                   (uint64_t)getpid() % 1000};
    zm_backends_all(&c.backends);
    int status = parse(argc, argv, &c);
    if (status == 0)
        status = prepare(argv + optind, &c);
    if (status == 0)
        status = run(&c);
    if (c.json && c.json != stdout && fclose(c.json) != 0 && status == 0) {
        zm_error(NAME, "can't write '%s': %s", c.json_path, strerror(errno));
        status = ZM_EXIT_TOOL;
    }
    zm_samples_clear(&c.samples);
    zm_job_clear(&c.job);
    return status;
}
