/* zmalloc compare: one command under several backends, in randomised complete blocks: in each block
 * every backend runs once, in an order drawn anew, so that a machine that warms up or slows down
 * treats all alike.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "backends.h"
#include "child.h"
#include "cli.h"
#include "command.h"
#include "jsonlines.h"
#include "preload.h"
#include "progress.h"
#include "report.h"
#include "sample.h"
#include "statistics.h"
#include "table.h"
#include "workload.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define NAME       "compare"
#define BLOCKS_MAX 10000
#define SEED_MAX   ((UINT64_C(1) << 53) - 1) /* every reader of JSON keeps it */

struct comparison {
    struct zm_backend_list backends;
    uint64_t blocks, seed;
    struct zm_job job;
    struct zm_workload workload;

    const char *json_path; /* NULL: none */
    FILE *json;
    int json_error; /* once set, nothing more is written */

    struct zm_sample *samples; /* room for all */
    size_t count;
    bool complained; /* the stderr of a bad sample has been shown */
    struct zm_progress progress;
};

static void print_help(void)
{
    puts(
        "Usage: zmalloc compare [OPTIONS] [--] [COMMAND [ARGUMENTS]]\n"
        "Runs COMMAND under several backends, each time in a fresh process, and prints the medians "
        "of\n"
        "time, memory and page faults. Without COMMAND: sqlite3 building and querying a database "
        "in\n"
        "memory, or python3 building dictionaries. COMMAND reads from and writes to /dev/null, and "
        "runs\n"
        "once uncounted before the first block.\n"
        "\n"
        "  -b, --backends=LIST  comma-separated; the default is all: see 'zmalloc info'\n"
        "  -n, --blocks=N       runs under each backend (default 5); each block runs all of them "
        "once,\n"
        "                       in shuffled order\n"
        "      --seed=N         repeats an order; the seed is printed below the table\n"
        "      --timeout=S      stops a run that takes longer than S seconds; it counts as failed\n"
        "      --json=FILE      appends each sample to FILE as a line of JSON as it comes; '-' is "
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
        "Environment: NO_COLOR, TMPDIR; ZMALLOC_PRELOAD names the preload library, where it is not "
        "in\n"
        "its usual place.");
}

static int parse(int argc, char **argv, struct comparison *c)
{
    enum { SEED = 256, TIMEOUT, JSON };
    static const struct option options[] = {{"backends", required_argument, NULL, 'b'},
                                            {"blocks", required_argument, NULL, 'n'},
                                            {"seed", required_argument, NULL, SEED},
                                            {"timeout", required_argument, NULL, TIMEOUT},
                                            {"json", required_argument, NULL, JSON},
                                            {"help", no_argument, NULL, 'h'},
                                            {NULL, 0, NULL, 0}};
    int status;
    opterr = 0;
    for (int o; (o = getopt_long(argc, argv, "+:b:n:h", options, NULL)) != -1;) {
        switch (o) {
        case 'b':
            status = zm_backends_parse(NAME, optarg, &c->backends);
            if (status != 0)
                return status;
            break;
        case 'n':
            if (!zm_parse_number(optarg, 1, BLOCKS_MAX, &c->blocks))
                return zm_usage_error(NAME, "blocks must be 1 to %d, not '%s'", BLOCKS_MAX, optarg);
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

/* Everything that can be wrong is found out before the first run. */
static int prepare(char **command, struct comparison *c)
{
    char library[PATH_MAX];
    int status =
        *command ? zm_job_from_command(NAME, command, &c->job) : zm_job_default(NAME, &c->job);
    if (status == 0)
        status = zm_preload_find(NAME, library);
    if (status == 0)
        status = zm_preload_apply(NAME, library);
    if (status != 0)
        return status;
    c->workload.name = c->job.name;
    c->workload.program = c->job.program;
    c->workload.argv = c->job.argv;

    c->samples = calloc(c->backends.count * c->blocks, sizeof *c->samples);
    if (!c->samples) {
        zm_error(NAME, "out of memory");
        return ZM_EXIT_TOOL;
    }
    if (c->json_path) {
        c->json = strcmp(c->json_path, "-") == 0 ? stdout : zm_jsonlines_open(c->json_path);
        if (!c->json) {
            zm_error(NAME, "can't write '%s': %s", c->json_path, strerror(errno));
            return ZM_EXIT_TOOL;
        }
    }
    if (getenv("MALLOC_PERTURB_"))
        zm_error(NAME, "note: MALLOC_PERTURB_ is set, which slows libc down");
    return 0;
}

static void complain(struct comparison *c, const struct zm_sample *sample)
{
    if (c->complained)
        return;
    c->complained = true;
    zm_progress_clear(&c->progress);
    zm_error(NAME, "%s failed under %s: %s", sample->block ? "the command" : "the warm-up",
             sample->backend, sample->reason);
    for (const char *line = sample->complaint; *line;) {
        size_t length = strcspn(line, "\n");
        fprintf(stderr, "  | %.*s\n", (int)length, line);
        line += length + (line[length] == '\n');
    }
}

static int take(struct comparison *c, const char *backend, unsigned block, struct zm_sample *sample)
{
    int status = zm_sample_take(&c->workload, backend, block, sample);
    if (status != 0) {
        zm_error(NAME, "can't take a sample: %s", strerror(-status));
        return ZM_EXIT_TOOL;
    }
    if (sample->spawn_error)
        return zm_command_refused(NAME, c->job.argv[0], sample->spawn_error);
    if (sample->interrupted)
        return ZM_EXIT_SIGNAL + zm_child_interrupted();
    if (!sample->ok)
        complain(c, sample);
    return 0;
}

static void record(struct comparison *c, const struct zm_sample *sample)
{
    c->samples[c->count++] = *sample;
    if (!c->json || c->json_error)
        return;
    c->json_error = zm_jsonlines_write(c->json, c->workload.name, c->seed, sample);
    if (c->json_error) {
        zm_progress_clear(&c->progress);
        zm_error(NAME, "can't write '%s' any more: %s", c->json_path, strerror(-c->json_error));
    }
}

static int measure(struct comparison *c)
{
    struct zm_sample sample;
    struct zm_random random = {c->seed};
    size_t order[ZM_BACKENDS_MAX];

    double began = zm_now();
    int status = take(c, c->backends.names[zm_backends_baseline(&c->backends)], 0, &sample);
    if (status != 0)
        return status;
    zm_progress_begin(&c->progress, (unsigned)c->blocks, c->backends.count * c->blocks,
                      zm_now() - began);

    for (unsigned block = 1; block <= c->blocks; block++) {
        zm_shuffle(&random, order, c->backends.count);
        for (size_t i = 0; i < c->backends.count; i++) {
            const char *backend = c->backends.names[order[i]];
            zm_progress_before(&c->progress, backend, block);
            began = zm_now();
            status = take(c, backend, block, &sample);
            if (status != 0)
                return status;
            record(c, &sample);
            zm_progress_after(&c->progress, &sample, zm_now() - began);
        }
    }
    return 0;
}

static int finish(struct comparison *c, int status)
{
    zm_progress_clear(&c->progress);
    if (c->count > 0) {
        struct zm_report report = {c->workload.name, &c->backends, c->samples,
                                   c->count,         c->seed,      (unsigned)c->blocks};
        FILE *out = c->json == stdout ? stderr : stdout;
        if (zm_report_print(&report, out, zm_wants_colour(out)) != 0) {
            zm_error(NAME, "out of memory");
            return ZM_EXIT_TOOL;
        }
    }
    for (size_t i = 0; i < c->count && status == 0; i++) {
        if (!c->samples[i].ok)
            status = ZM_EXIT_FAILED_CELL;
    }
    if (c->json_error && status <= ZM_EXIT_FAILED_CELL)
        status = ZM_EXIT_TOOL;
    if (status >= ZM_EXIT_SIGNAL)
        zm_error(NAME, "stopped after %zu of %zu samples", c->count, c->backends.count * c->blocks);
    return zm_finish_stdout(NAME, status);
}

int zm_cmd_compare(int argc, char **argv)
{
    struct comparison c = {.blocks = 5,
                           .seed = (uint64_t)time(NULL) * 65537 % 1000003 * 1000 +
                                   (uint64_t)getpid() % 1000};
    zm_backends_all(&c.backends);
    int status = parse(argc, argv, &c);
    if (status == 0)
        status = prepare(argv + optind, &c);
    if (status == 0) {
        zm_child_catch_signals();
        status = finish(&c, measure(&c));
    }
    if (c.json && c.json != stdout && fclose(c.json) != 0 && status == 0) {
        zm_error(NAME, "can't write '%s': %s", c.json_path, strerror(errno));
        status = ZM_EXIT_TOOL;
    }
    free(c.samples);
    zm_job_clear(&c.job);
    return status;
}
