/* The options of zmalloc bench.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "matrix.h"

#include "tools/common/cli.h"
#include "tools/measuring/blocks.h"
#include "tools/results/jsonlines.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAME        ZM_MATRIX_NAME
#define DRAIN_MAX_S 60

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
         "      --with=ARM        one row more, as often as you like, as for zmalloc compare: "
         "lib:LIBRARY,\n"
         "                        a module's file, or a backend with wraps\n"
         "      --api=API         library (default): zmalloc, zfree; preload: malloc, free\n"
         "      --sized           frees with the size\n"
         "  -t, --time=S          seconds for a cell (default 80, quick 20), which ends before if "
         "the 95 %\n"
         "                        intervals of wall time are within +-2 % after 10 blocks or more\n"
         "  -n, --blocks=N        exactly N blocks a cell instead; each runs every backend once, "
         "shuffled\n"
         "      --no-control      without the second copy of libc in each block, which shows the "
         "noise\n"
         "      --seed=N          repeats an order; the seed is printed with the results\n"
         "      --drain=S         then runs each once more, idle for S seconds when all is freed "
         "(default 5,\n"
         "                        quick 1): memory resident after 0.1, 1 and 5 s; 0: none\n"
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

static int parse_api(struct zm_matrix_options *out, const char *text)
{
    if (strcmp(text, "library") != 0 && strcmp(text, "preload") != 0)
        return zm_usage_error(NAME, "the API must be library or preload, not '%s'", text);
    out->api = text;
    return 0;
}

/* 0 is good here. */
static int parse_drain(struct zm_matrix_options *out, const char *text)
{
    char *end;
    out->drain_s = strtod(text, &end);
    if (!*text || *end || !(out->drain_s >= 0 && out->drain_s <= DRAIN_MAX_S))
        return zm_usage_error(NAME, "the drain must be 0 to %d seconds, not '%s'", DRAIN_MAX_S,
                              text);
    return 0;
}

int zm_matrix_parse(int argc, char **argv, struct zm_matrix_options *out)
{
    enum { API = 256, WITH, SIZED, NO_CONTROL, SEED, DRAIN, TIMEOUT, JSON, LIST, LIST_CELLS, CELL };
    static const struct option options[] = {{"quick", no_argument, NULL, 'q'},
                                            {"workloads", required_argument, NULL, 'w'},
                                            {"backends", required_argument, NULL, 'b'},
                                            {"with", required_argument, NULL, WITH},
                                            {"api", required_argument, NULL, API},
                                            {"sized", no_argument, NULL, SIZED},
                                            {"time", required_argument, NULL, 't'},
                                            {"blocks", required_argument, NULL, 'n'},
                                            {"no-control", no_argument, NULL, NO_CONTROL},
                                            {"seed", required_argument, NULL, SEED},
                                            {"drain", required_argument, NULL, DRAIN},
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
            out->quick = true;
            break;
        case 'w':
            out->list = optarg;
            break;
        case 'b':
            status = zm_backends_parse(NAME, optarg, &out->backends);
            break;
        case WITH:
            status = zm_rows_parse_more(NAME, optarg, &out->more);
            break;
        case API:
            status = parse_api(out, optarg);
            break;
        case SIZED:
            out->sized = true;
            break;
        case 't':
            status = zm_option_seconds(NAME, "the time", optarg, &out->time_s);
            break;
        case 'n':
            status = zm_option_number(NAME, "blocks", optarg, 1, ZM_BLOCKS_MAX, &out->blocks);
            break;
        case NO_CONTROL:
            out->no_control = true;
            break;
        case SEED:
            status = zm_option_number(NAME, "the seed", optarg, 0, ZM_SEED_MAX, &out->seed);
            break;
        case DRAIN:
            status = parse_drain(out, optarg);
            break;
        case TIMEOUT:
            status = zm_option_seconds(NAME, "the timeout", optarg, &out->timeout_s);
            break;
        case JSON:
            out->json_path = optarg;
            break;
        case LIST:
            out->show_list = true;
            break;
        case LIST_CELLS:
            out->list_cells = true;
            break;
        case CELL:
            status = zm_option_number(NAME, "the cell", optarg, 1, 1000000, &out->only);
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
