/* The options of zmalloc compare.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "compare.h"

#include "tools/results/jsonlines.h"

#include "tools/common/cli.h"
#include "tools/measuring/blocks.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

static void print_help(void)
{
    puts(
        "Usage: zmalloc compare [OPTIONS] [--] [COMMAND [ARGUMENTS]]\n"
        "       zmalloc compare [OPTIONS] --server=CMD --load=CMD\n"
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
        "      --server=CMD     compares a server instead: starts CMD under each backend on a free "
        "port of\n"
        "                       127.0.0.1, {port} in it, and stops it with SIGTERM\n"
        "      --load=CMD       what loads the server, {port} in it; its time is measured, the "
        "rest "
        "is the\n"
        "                       server's\n"
        "      --listen=S       how long the server may take until it listens (default 30)\n"
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

int zm_compare_parse(int argc, char **argv, struct zm_comparison *c)
{
    enum { SEED = 256, TIMEOUT, JSON, NO_CONTROL, WITH, SERVER, LOAD, LISTEN, VARIANTS, TUNE };
    static const struct option options[] = {{"backends", required_argument, NULL, 'b'},
                                            {"blocks", required_argument, NULL, 'n'},
                                            {"time", required_argument, NULL, 't'},
                                            {"no-control", no_argument, NULL, NO_CONTROL},
                                            {"server", required_argument, NULL, SERVER},
                                            {"load", required_argument, NULL, LOAD},
                                            {"listen", required_argument, NULL, LISTEN},
                                            {"variants", optional_argument, NULL, VARIANTS},
                                            {"tune", no_argument, NULL, TUNE},
                                            {"with", required_argument, NULL, WITH},
                                            {"seed", required_argument, NULL, SEED},
                                            {"timeout", required_argument, NULL, TIMEOUT},
                                            {"json", required_argument, NULL, JSON},
                                            {"help", no_argument, NULL, 'h'},
                                            {NULL, 0, NULL, 0}};
    int status = 0;
    opterr = 0;
    for (int o; status == 0 && (o = getopt_long(argc, argv, "+:b:n:t:h", options, NULL)) != -1;) {
        switch (o) {
        case 'b':
            status = zm_backends_parse(ZM_COMPARE, optarg, &c->backends);
            break;
        case 'n':
            status = zm_option_number(ZM_COMPARE, "blocks", optarg, 1, ZM_BLOCKS_MAX, &c->blocks);
            break;
        case 't':
            status = zm_option_seconds(ZM_COMPARE, "the time", optarg, &c->time_s);
            break;
        case WITH:
            status = zm_rows_parse_more(ZM_COMPARE, optarg, &c->more);
            break;
        case NO_CONTROL:
            c->no_control = true;
            break;
        case TUNE:
            c->tune = true;
            break;
        case VARIANTS:
            c->variants = true;
            c->variants_path = optarg;
            break;
        case SERVER:
            c->server.command = optarg;
            break;
        case LOAD:
            c->server.load = optarg;
            break;
        case LISTEN:
            status = zm_option_seconds(ZM_COMPARE, "--listen", optarg, &c->server.listen_s);
            break;
        case SEED:
            status = zm_option_number(ZM_COMPARE, "the seed", optarg, 0, ZM_SEED_MAX, &c->seed);
            break;
        case TIMEOUT:
            status = zm_option_seconds(ZM_COMPARE, "the timeout", optarg, &c->workload.timeout_s);
            break;
        case JSON:
            c->json_path = optarg;
            break;
        case 'h':
            print_help();
            exit(zm_finish_stdout(ZM_COMPARE, ZM_EXIT_OK));
        default:
            return zm_refuse_option(ZM_COMPARE, o, argv);
        }
    }
    return status;
}
