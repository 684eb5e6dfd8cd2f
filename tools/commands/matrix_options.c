/* The options of zmalloc bench, and the rest of its help.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "bench.h"
#include "commands.h"
#include "matrix.h"
#include "shared_options.h"
#include "tools/common/cli.h"
#include "tools/measuring/cells.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAME        ZM_MATRIX_NAME
#define ZM_INTO     struct zm_matrix_options
#define DRAIN_MAX_S 60 /* the help says so */
#define CELL_MAX    1000000

/* ---- values of its own ---- */

static int set_api(const char *subcommand, const struct zm_option *option, const char *text,
                   void *into)
{
    (void)option;
    if (strcmp(text, "library") != 0 && strcmp(text, "preload") != 0)
        return zm_usage_error(subcommand, "the API must be library or preload, not '%s'", text);
    *(const char **)into = text;
    return 0;
}

/* Unlike other numbers of seconds it may be 0. */
static int set_drain(const char *subcommand, const struct zm_option *option, const char *text,
                     void *into)
{
    char *end;
    double seconds = strtod(text, &end);
    (void)option;
    if (!*text || *end || !(seconds >= 0 && seconds <= DRAIN_MAX_S))
        return zm_usage_error(subcommand, "the drain must be 0 to %d seconds, not '%s'",
                              DRAIN_MAX_S, text);
    *(double *)into = seconds;
    return 0;
}

/* Offers from one line of what the program lists: "larson   what it does", and for each of its
 * parameters "    threads   4 (quick 2) what it means". `in` is the workload whose parameters are
 * wanted; NULL: workloads are wanted. */
static void offer_line(const struct zm_offers *offers, char *line, const char *in, bool *inside)
{
    char *name = line + strspn(line, " "), word[64];
    size_t length = strcspn(name, " ");
    const char *rest = name + length + strspn(name + length, " ");
    if (name == line)
        *inside = in && strncmp(in, name, length) == 0 && in[length] == ':';
    name[length] = '\0';
    snprintf(word, sizeof word, "%s%s", name, name == line ? "" : "=");
    if (name == line ? !in : *inside)
        zm_offers_add(offers, word, rest);
}

static void offer_workloads(const struct zm_option *option, struct zm_offers *offers)
{
    char program[PATH_MAX], *list = NULL;
    size_t size;
    bool inside = false;
    FILE *out = open_memstream(&list, &size);
    (void)option;
    if (!out)
        return;
    zm_offers_split(offers);
    offers->is_list = false; /* one workload may be there twice, with other parameters */
    const char *entry = zm_offers_begun(offers), *colon = strrchr(entry, ':');
    if (colon)
        offers->kept += (size_t)(colon + 1 - entry);
    if (zm_cells_program(NAME, "none", program) == 0)
        zm_cells_describe(NAME, program, out);
    fclose(out);
    char *rest;
    for (char *line = strtok_r(list, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
        offer_line(offers, line, colon ? entry : NULL, &inside);
    if (colon) { /* these two every workload has */
        zm_offers_add(offers, "sized=", "frees with the size if 1");
        zm_offers_add(offers, "seed=", "repeats what is drawn");
    }
    free(list);
}

/* ---- the table ---- */

static const struct zm_option options[] = {
    {.name = "quick",
     .letter = 'q',
     ZM_FLAG(quick),
     .help = "Runs shorter workloads, and 8 blocks for each cell, the fewest that tell which is "
             "fastest. All of it takes about 10 minutes instead of an hour."},
    {.name = "workloads",
     .letter = 'w',
     .value = "LIST",
     ZM_TEXT(list),
     .offer = offer_workloads,
     .help = "Workloads, separated by commas, each with its parameters after colons: "
             "'larson:threads=4:sized=1'. The default is all, some of them in variants too.",
     .more = "An unknown name, parameter or value is refused with a list of what there is."},
    ZM_OPTION_BACKENDS,
    ZM_OPTION_WITH,
    {.name = "api",
     .value = "API",
     .set = set_api,
     .at = ZM_PLACE(api, const char *),
     .offer = zm_offer_words,
     .words = "library preload",
     .help = "Which functions are called. 'library', the default, means those of libzmalloc; "
             "'preload' means those of libc, with the preload library in front of them."},
    {.name = "sized",
     ZM_FLAG(sized),
     .help = "Frees blocks with their size, as the parameter 'sized=1' does, in all workloads."},
    {.name = "time",
     .letter = 't',
     .value = "S",
     ZM_SECONDS_OF(time_s, "the time"),
     .help = "Seconds for each cell. The default is 80, or what 8 blocks take with --quick. A cell "
             "ends sooner "
             "when after 10 blocks each wall time is known to within 2 percent.",
     .more = "What --drain takes comes on top."},
    {.name = "blocks",
     .letter = 'n',
     .value = "N",
     ZM_NUMBER(blocks, "blocks", 1, ZM_BLOCKS_MAX),
     .help = "Runs exactly N blocks for each cell instead. Each runs every backend once, in "
             "shuffled order."},
    {.name = "drain",
     .value = "S",
     .set = set_drain,
     .at = ZM_PLACE(drain_s, double),
     .help = "Idles for S seconds after all is freed, in up to 8 blocks more, and reports what is "
             "resident after 0.1, 1 and 5 seconds. S is 0 to 60; 0 leaves these runs out. The "
             "default is 5, or 1 with --quick.",
     .more = "Up to 8 processes idle at once, while one works. After two blocks no more begin "
             "when 40 s are over, or 6 with --quick."},
    ZM_OPTION_NO_CONTROL,
    ZM_OPTION_SEED,
    ZM_OPTION_TIMEOUT(timeout_s),
    ZM_OPTION_JSON,
    {.name = "list",
     ZM_FLAG(show_list),
     .help = "Lists the workloads, and their parameters with their values here."},
    {.name = "list-cells",
     ZM_FLAG(list_cells),
     .help = "Lists the cells that the other options select, each with its number, a tabulator "
             "and its name."},
    {.name = "cell",
     .value = "N",
     ZM_NUMBER(only, "the cell", 1, CELL_MAX),
     .help =
         "Runs only cell N, so that cells can be spread over machines. It needs --json, and FILE "
         "is a new one, which appears when the cell has ended."},
    {.name = "slurm",
     ZM_FLAG(slurm),
     .help = "Prints a script that runs the cells which the other options select as an array of "
             "jobs under Slurm, runs what is missing again, and reports all.",
     .more = "See docs/many-machines.md."},
    {.name = "parallel",
     .value = "HOSTS",
     ZM_TEXT(parallel),
     .offer = zm_offer_files,
     .help = "Prints a script that runs them on the hosts of a list by GNU parallel over ssh."},
    {0},
};

static const char *const synopses[] = {"[OPTIONS]", "overhead [OPTIONS]", NULL};

static const char *const paragraphs[] = {
    "Runs the workloads that allocators are known by under every backend, each time in a fresh "
    "process, and tells by how much they differ in time and memory, and how sure that is. A cell "
    "is a workload with its parameters under every backend. What it takes without an allocator, "
    "the floor, is measured in the same blocks.",
    NULL,
};

static const struct zm_note exit_statuses[] = {
    {"0", "All runs count."},
    {"1", "Some run failed."},
    {"2", "Wrong usage."},
    {"125", "A program or the preload library is missing, or FILE can't be written."},
    {"127", "A backend is not there."},
    ZM_EXIT_INTERRUPTED,
    {0},
};

static const struct zm_note environment[] = {
    ZM_VARIABLE_NO_COLOR,
    ZM_VARIABLE_TMPDIR,
    ZM_VARIABLE_PRELOAD,
    {0},
};

static const struct zm_note examples[] = {
    {"zmalloc bench --quick --json=runs.jsonl",
     "Runs everything in ten minutes; 'zmalloc report' makes a page of it."},
    {"zmalloc bench -w larson,larson:threads=8,mstress -b libc,mimalloc",
     "Compares two allocators in three cells."},
    {"zmalloc bench --quick --slurm", "Prints a script that spreads the cells over nodes."},
    {"zmalloc bench -w aging --with=jemalloc,slow:ns=20",
     "Compares jemalloc with itself, made 20 ns slower a call."},
    {0},
};

static const struct zm_subcommand *const below[] = {&zm_subcommand_overhead, NULL};

const struct zm_subcommand zm_subcommand_bench = {
    .name = NAME,
    .summary = "measure the allocators, and what accounting costs over them",
    .synopses = synopses,
    .paragraphs = paragraphs,
    .options = options,
    .exit_statuses = exit_statuses,
    .environment = environment,
    .examples = examples,
    .below = below,
    .below_are = "benchmark",
    .below_hint = "workloads are named with -w",
    .main = zm_cmd_bench,
};
