/* The options of zmalloc compare, and the rest of its help.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "commands.h"
#include "compare.h"
#include "shared_options.h"
#include "tools/common/cli.h"
#include "tools/process/child.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define ZM_INTO struct zm_comparison

static int set_variants(const char *subcommand, const struct zm_option *option, const char *text,
                        void *into)
{
    struct zm_comparison *c = into;
    (void)subcommand, (void)option;
    c->variants = true;
    c->variants_path = text;
    return 0;
}

static int set_pymalloc(const char *subcommand, const struct zm_option *option, const char *text,
                        void *into)
{
    struct zm_comparison *c = into;
    (void)option;
    if (strcmp(text, "off") != 0 && strcmp(text, "both") != 0)
        return zm_usage_error(subcommand, "--pymalloc is off or both, not '%s'", text);
    c->pymalloc = text;
    return 0;
}

static int add_command(const char *subcommand, const struct zm_option *option, const char *text,
                       void *into)
{
    struct zm_command_options *c = &((struct zm_comparison *)into)->commands;
    (void)option;
    if (c->command_count == ZM_COMMANDS_MAX)
        return zm_usage_error(subcommand, "more than %d times -c", ZM_COMMANDS_MAX);
    c->commands[c->command_count++] = text;
    return 0;
}

static int add_parameter(const char *subcommand, const struct zm_option *option, const char *text,
                         void *into)
{
    struct zm_command_options *c = &((struct zm_comparison *)into)->commands;
    (void)option;
    if (!zm_is_parameter(text))
        return zm_usage_error(subcommand, "-P takes NAME=VALUE[,VALUE...], not '%s'", text);
    if (c->parameter_count == ZM_PARAMETERS_MAX)
        return zm_usage_error(subcommand, "more than %d times -P", ZM_PARAMETERS_MAX);
    c->parameters[c->parameter_count++] = text;
    return 0;
}

static int set_signal(const char *subcommand, const struct zm_option *option, const char *text,
                      void *into)
{
    (void)option;
    *(int *)into = zm_signal_find(text);
    return *(int *)into ? 0 : zm_usage_error(subcommand, "--signal: there is no '%s'", text);
}

static int set_input(const char *subcommand, const struct zm_option *option, const char *text,
                     void *into)
{
    (void)option;
    if (access(text, R_OK) != 0) {
        zm_error(subcommand, "can't read '%s': %s", text, strerror(errno));
        return ZM_EXIT_TOOL;
    }
    ((struct zm_comparison *)into)->input = text;
    return 0;
}

static const struct zm_option options[] = {
    ZM_OPTION_BACKENDS,
    ZM_OPTION_WITH,
    {.name = "time",
     .letter = 't',
     .value = "S",
     ZM_SECONDS_OF(time_s, "the time"),
     .help = "Ends within S seconds. The default is 120, or 300 with --tune. Runs are made in "
             "blocks; each runs every backend once, in shuffled order. The comparison ends "
             "sooner if after 10 blocks each wall time is known to within 2 percent.",
     .more =
         "With this option no block is begun that would not end in time, and the first one stops "
         "where the time is over; if no block has ended by then, the exit status is 1. Without "
         "it, at least 8 blocks are run."},
    {.name = "blocks",
     .letter = 'n',
     .value = "N",
     ZM_NUMBER(blocks, "blocks", 1, ZM_BLOCKS_MAX),
     .help = "Runs exactly N blocks, however long that takes. With --time, as many of them as "
             "there is time for."},
    {.name = "variants",
     .value = "FILE",
     .value_optional = true,
     .set = set_variants,
     .offer = zm_offer_files,
     .help = "Compares settings of the allocators too, those of a built-in list or of FILE. "
             "Also prints the rows that no other one beats in both time and memory.",
     .more = "See VARIANTS."},
    {.name = "tune",
     ZM_FLAG(tune),
     .help = "Looks for the best settings. This is --variants in which rows that are beaten in "
             "both time and memory leave the race, so that more time is left for the others.",
     .more = "See VARIANTS."},
    {.name = "command",
     .letter = 'c',
     .value = "CMD",
     .set = add_command,
     .offer = zm_offer_files,
     .help = "Compares commands; is given for each of them. Each backend runs each, and the first "
             "command under the first backend is the baseline.",
     .more =
         "CMD is split into words as a shell does it; for pipes and the like use sh -c '...'. "
         "Rows are called by the name of the program, with the backend's if there are several, and "
         "with a number if that is not enough."},
    {.name = "parameter",
     .letter = 'P',
     .value = "NAME=LIST",
     .set = add_parameter,
     .help = "Runs the command with each value of the list, which has commas, in the place of "
             "'{NAME}' in its words. Can be given more than once; all are combined.",
     .more = "The places are put in as they are, after the command was split into words."},
    {.name = "baseline",
     .value = "ROW",
     ZM_TEXT(baseline),
     .offer = zm_offer_arm,
     .help = "Compares with the row of that name, instead of the first one or libc."},
    {.name = "prepare",
     .value = "CMD",
     ZM_TEXT(prepare),
     .offer = zm_offer_files,
     .help = "Runs CMD by a shell before each run. It is not counted, and must end with 0."},
    {.name = "input",
     .value = "FILE",
     .set = set_input,
     .offer = zm_offer_files,
     .help = "The command reads FILE as its stdin, from the beginning each time."},
    {.name = "pymalloc",
     .value = "HOW",
     .set = set_pymalloc,
     .offer = zm_offer_words,
     .words = "off both",
     .help = "Of programs in Python. 'off' has it ask the backend for every object, by "
             "PYTHONMALLOC=malloc, instead of for its own pools; 'both' compares each backend both "
             "ways, the rows without the pools being called 'direct'.",
     .more = "See PROGRAMS WITH AN ALLOCATOR OF THEIR OWN."},
    {.name = "server",
     .value = "CMD",
     ZM_TEXT(server.command),
     .offer = zm_offer_files,
     .help =
         "Compares a server. CMD starts it, with '{port}' where it takes the number of a TCP port "
         "of this machine to listen on, or '{socket}' where it takes the name of a Unix socket.",
     .more = "See SERVERS."},
    {.name = "load",
     .value = "CMD",
     ZM_TEXT(server.load),
     .offer = zm_offer_files,
     .help = "The command that loads the server, with '{port}' or '{socket}' in it. Its time is "
             "measured; all other figures are the server's.",
     .more = "See SERVERS."},
    {.name = "listen",
     .value = "S",
     ZM_SECONDS_OF(server.listen_s, "--listen"),
     .help = "How many seconds the server may take until it listens, or is ready otherwise. The "
             "default is 30."},
    {.name = "ready-line",
     .value = "REGEX",
     ZM_TEXT(server.ready_line),
     .help = "The server is ready when it has written a line that matches, to stdout or stderr, "
             "instead of when it listens. An extended regular expression.",
     .more = "Many programs keep what they write to a file for a while: PYTHONUNBUFFERED=1, "
             "'stdbuf -oL'."},
    {.name = "ready-command",
     .value = "CMD",
     ZM_TEXT(server.ready_command),
     .offer = zm_offer_files,
     .help =
         "The server is ready when CMD ends with 0, instead of when it listens; it is run every "
         "0.1 s. '{port}' and '{socket}' are as in the other commands."},
    {.name = "inherit-socket",
     ZM_FLAG(server.inherits),
     .help =
         "The server inherits its socket, which listens already, as descriptor 3, and is told so "
         "as systemd does: LISTEN_FDS=1 and LISTEN_PID. '{port}' is its port, for the load. "
         "Needs '--ready-line' or '--ready-command', because such a socket answers at once."},
    {.name = "signal",
     .value = "NAME",
     .set = set_signal,
     .at = ZM_PLACE(server.signal, int),
     .offer = zm_offer_words,
     .words = "TERM INT QUIT HUP USR1 USR2 KILL",
     .help = "Stops the server with this signal instead of TERM."},
    {.name = "stop-timeout",
     .value = "S",
     ZM_SECONDS_OF(server.stop_timeout_s, "--stop-timeout"),
     .help =
         "Kills a server that has not ended so many seconds after the signal. The default is 10.",
     .more = "The run counts all the same, with what was seen last."},
    {.name = "against",
     .value = "FILE",
     ZM_TEXT(against),
     .offer = zm_offer_files,
     .help = "Also compares with the runs of the same command in FILE, of another day, version or "
             "machine: tells what differs, and what became of each row.",
     .more = "See zmalloc-report(1) for what that table is worth."},
    ZM_OPTION_EXPORT,
    ZM_OPTION_NO_CONTROL,
    ZM_OPTION_SEED,
    ZM_OPTION_TIMEOUT(workload.timeout_s),
    ZM_OPTION_JSON,
    {0},
};

static const char *const synopses[] = {
    "[OPTIONS] [--] [COMMAND [ARGUMENTS]]",
    "[OPTIONS] -c CMD [-c CMD...]",
    "[OPTIONS] --server=CMD --load=CMD",
    NULL,
};

static const char *const paragraphs[] = {
    "Runs COMMAND under several backends, each time in a fresh process, and tells by how much they "
    "differ in time and memory, and how sure that is. Without COMMAND it runs sqlite3, which "
    "builds "
    "and queries a database in memory, or python3, which builds dictionaries.",
    "COMMAND reads from and writes to /dev/null, and runs once uncounted before the first block. "
    "A run counts if COMMAND exits with 0 and one of its processes reports that the backend "
    "allocated for it.",
    NULL,
};

static const struct zm_note exit_statuses[] = {
    {"0", "All runs count."},
    {"1", "Some run failed, or the time was too short for a block."},
    {"2", "Wrong usage."},
    {"125", "The preload library is missing, or FILE can't be read or written."},
    {"126", "COMMAND can't be executed."},
    {"127", "COMMAND, or a backend, is not there."},
    ZM_EXIT_INTERRUPTED,
    {0},
};

static const struct zm_note environment[] = {
    ZM_VARIABLE_NO_COLOR,
    ZM_VARIABLE_TMPDIR,
    ZM_VARIABLE_PRELOAD,
    {"ZMALLOC_RESULT", "Set for COMMAND: a file for figures of its own."},
    {0},
};

static const struct zm_note examples[] = {
    {"zmalloc compare", "Compares all allocators on a database job, for at most two minutes."},
    {"zmalloc compare --pymalloc=both -- python3 job.py",
     "Compares them on a program in Python, with its pools and without."},
    {"zmalloc compare -b libc,mimalloc -t 60 --json=runs.jsonl -- make -B",
     "Compares two of them on a build, and keeps every run for 'zmalloc report'."},
    {"zmalloc compare -b jemalloc -c ./server-old -c ./server-new",
     "Compares two versions of a program."},
    {"zmalloc compare --tune -t 600 -b libc,jemalloc -- python3 job.py",
     "Looks for the settings that suit a program best."},
    {"zmalloc compare --server='redis-server --port {port}' --load='./load {port}'",
     "Compares them on a server that a program of your own loads."},
    {0},
};

const struct zm_subcommand zm_subcommand_compare = {
    .name = ZM_COMPARE,
    .summary = "run a command under several backends and compare",
    .synopses = synopses,
    .paragraphs = paragraphs,
    .options = options,
    .exit_statuses = exit_statuses,
    .environment = environment,
    .examples = examples,
    .operands = ZM_COMMAND_LINE,
    .main = zm_cmd_compare,
};
