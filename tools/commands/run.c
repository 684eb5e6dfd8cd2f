/* zmalloc run: one command under one backend.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "commands.h"
#include "run_stats.h"
#include "shared_options.h"
#include "tools/common/cli.h"
#include "tools/common/command.h"
#include "tools/options/parse.h"
#include "tools/process/misfit.h"
#include "tools/process/preload.h"
#include "tools/samples/backends.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zmalloc/backend.h>

#define NAME "run"

extern char **environ;

struct asked {
    const char *backend, *wraps; /* NULL: not given */
    bool stats;
    const char *stats_file; /* NULL: a table */
};

static bool reserve_tls(const char *backend)
{
    if (!zm_backend_is_library(backend))
        return true;
    char *value = zm_backend_tls_tunable();
    bool set = value && setenv(ZM_TLS_TUNABLE, value, 1) == 0;
    free(value);
    return set;
}

/* Where the loader would refuse the library, for each process anew, this says so once. */
static int preload_into(const char *program)
{
    char library[PATH_MAX];
    int status = zm_preload_find(NAME, library);
    if (status != 0)
        return status;
    const char *misfit = zm_misfit(program, library);
    if (!misfit)
        return zm_preload_apply(NAME, library);
    zm_error(NAME, "'%s' is %s; it keeps its allocator, and so does what it starts", program,
             misfit);
    return 0;
}

/* Puts everything that the preload library reads into the environment. */
static int set_up(const char *backend, const char *program, const char *wraps)
{
    int status = preload_into(program);
    if (status != 0)
        return status;
    if (setenv("ZMALLOC_BACKEND", backend, 1) == 0 &&
        (!wraps || setenv("ZMALLOC_WRAP", wraps, 1) == 0) && reserve_tls(backend))
        return 0;
    zm_error(NAME, "out of memory");
    return ZM_EXIT_TOOL;
}

/* Becomes the command, or if its statistics are wanted runs it. Returns the exit status. */
static int execute(const char *backend, const struct asked *asked, char **argv)
{
    const char *wraps = asked->wraps;
    struct zm_run_stats *stats = NULL;
    char program[PATH_MAX];
    const char *why;
    if (wraps && zmalloc_check_wraps(wraps, &why) != 0)
        return zm_usage_error(NAME, "can't wrap with '%s': %s", wraps, why);
    int status = zm_command_find(NAME, argv[0], program);
    if (status == 0)
        status = set_up(backend, program, wraps);
    if (status == 0 && asked->stats)
        status = zm_run_stats_begin(NAME, asked->stats_file, &stats);
    if (status != 0)
        return status;
    if (stats)
        return zm_run_stats_end(stats, backend, program, argv);
    execve(program, argv, environ);
    return zm_command_refused(NAME, argv[0], errno);
}

/* ---- what it takes ---- */

#define ZM_INTO struct asked

static int set_stats(const char *subcommand, const struct zm_option *option, const char *text,
                     void *into)
{
    struct asked *asked = into;
    (void)subcommand, (void)option;
    asked->stats = true;
    asked->stats_file = text;
    return 0;
}

static int run(int argc, char **argv)
{
    struct asked asked = {.backend = getenv("ZMALLOC_BACKEND"), .wraps = getenv("ZMALLOC_WRAP")};
    int status;
    if (!zm_options_parse(&zm_subcommand_run, argc, argv, &asked, &status))
        return status;
    if (optind == argc)
        return zm_usage_error(NAME, "no command given");

    bool named = asked.backend && *asked.backend;
    const char *wanted = named ? asked.backend : zm_default_backend_name();
    char *backend = zm_backend_find(NAME, wanted, strlen(wanted));
    if (!backend)
        return ZM_EXIT_NOT_FOUND;
    status = execute(backend, &asked, argv + optind);
    free(backend);
    return status;
}

static const struct zm_option options[] = {
    {.name = "backend",
     .letter = 'b',
     .value = "BACKEND",
     ZM_TEXT(backend),
     .offer = zm_offer_backend,
     .help = "The allocator, by a name that 'zmalloc info' lists, or one from outside: "
             "'lib:LIBRARY', any library with malloc and free, or the file of a module "
             "('./mine.so'). Without it ZMALLOC_BACKEND decides, else the default of the build.",
     .more = "A module exports 'zmalloc_module'. For a library GLIBC_TUNABLES is made to reserve "
             "thread-local storage."},
    {.name = "wrap",
     .value = "LIST",
     ZM_TEXT(wraps),
     .offer = zm_offer_wraps,
     .help = "Puts wraps around the backend, separated by commas: 'guard', 'fault', 'count', "
             "'slow'. Their options follow after colons: 'fault:p=0.01:seed=7,count'.",
     .more = "The first one is next to the program. Without this option ZMALLOC_WRAP is used. See "
             "WRAPS."},
    {.name = "stats",
     .value = "FILE",
     .value_optional = true,
     .set = set_stats,
     .offer = zm_offer_files,
     .help =
         "Tells at the end, in a table on stderr, what each process has used and how it ended. "
         "With FILE each process adds a line of JSON to it instead, when it exits; '%p' in FILE "
         "stands for the process ID, and 'stderr' is stderr.",
     .more = "Those that leave no report, because they were killed say, have the figures that were "
             "seen of them last. COMMAND is then run by zmalloc, which passes on signals, not in "
             "its place. See STATISTICS."},
    {0},
};

static const char *const synopses[] = {"[OPTIONS] [--] COMMAND [ARGUMENTS]", NULL};

static const char *const paragraphs[] = {
    "Runs COMMAND, and what it starts, with every allocation served and counted by one backend.",
    NULL,
};

static const struct zm_note exit_statuses[] = {
    {"2", "Wrong usage."},
    {"125", "The preload library is missing, or FILE can't be written."},
    {"126", "COMMAND can't be executed."},
    {"127", "COMMAND, or the backend, is not there."},
    {"other", "That of COMMAND."},
    {0},
};

static const struct zm_note environment[] = {
    {"ZMALLOC_BACKEND", "The backend, where --backend names none."},
    {"ZMALLOC_WRAP", "The wraps, where --wrap names none."},
    ZM_VARIABLE_PRELOAD,
    {0},
};

static const struct zm_note examples[] = {
    {"zmalloc run -b mimalloc -- redis-server --port 7000", "Runs a server on another allocator."},
    {"zmalloc run -b jemalloc --stats -- make", "Shows what each process of a build has used."},
    {"zmalloc run -b jemalloc --stats=account-%p.json -- make",
     "Writes down what each process of a build has allocated."},
    {"zmalloc run --wrap=guard -- ./server", "Finds misuse of memory."},
    {"zmalloc run --wrap=fault:p=0.001:seed=42 -- sqlite3 test.db",
     "Shows how a program takes it when one allocation in a thousand fails."},
    {0},
};

const struct zm_subcommand zm_subcommand_run = {
    .name = NAME,
    .summary = "run a command under a backend",
    .synopses = synopses,
    .paragraphs = paragraphs,
    .options = options,
    .exit_statuses = exit_statuses,
    .environment = environment,
    .examples = examples,
    .operands = ZM_COMMAND_LINE,
    .main = run,
};
