/* The zmalloc command: picks the subcommand.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "tools/commands/commands.h"
#include "tools/common/cli.h"
#include "tools/options/complete.h"
#include "tools/options/describe.h"
#include "tools/options/help.h"
#include "tools/options/options.h"
#include "tools/options/pager.h"
#include "tools/options/parse.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <zmalloc.h>

/* It asks about backends, and starts them in other processes. */
ZMALLOC_START_LATE

static const struct zm_subcommand zmalloc_command, zm_subcommand_help;

/* ---- zmalloc help ---- */

static int help(int argc, char **argv)
{
    const struct zm_subcommand *wanted = &zmalloc_command;
    int status;
    if (!zm_options_parse(&zm_subcommand_help, argc, argv, NULL, &status))
        return status;
    for (; optind < argc; optind++) {
        const struct zm_subcommand *below = zm_subcommand_named(wanted, argv[optind]);
        if (!below && wanted->below)
            return zm_subcommand_unknown(wanted, argv[optind]);
        if (!below)
            return zm_usage_error("help", "unexpected argument '%s'", argv[optind]);
        wanted = below;
    }
    return zm_help_show(wanted);
}

static const struct zm_option no_options[] = {{0}};

static const char *const help_synopses[] = {"[SUBCOMMAND]", NULL};

static const char *const help_paragraphs[] = {
    "Shows what a subcommand does and takes, as 'zmalloc SUBCOMMAND --help' does.",
    NULL,
};

static const struct zm_note help_examples[] = {
    {"zmalloc help compare", "Shows how to compare allocators."},
    {"zmalloc help bench overhead", "Shows what the other benchmark takes."},
    {0},
};

static const struct zm_subcommand zm_subcommand_help = {
    .name = "help",
    .summary = "show what a subcommand does and takes",
    .synopses = help_synopses,
    .paragraphs = help_paragraphs,
    .options = no_options,
    .examples = help_examples,
    .operands = ZM_SUBCOMMANDS,
    .main = help,
};

/* ---- zmalloc itself ---- */

struct asked {
    bool version, no_pager;
};

#define ZM_INTO struct asked

static const struct zm_option options[] = {
    {.name = "version", .letter = 'V', ZM_FLAG(version), .help = "Shows the version."},
    {.name = "no-pager",
     ZM_FLAG(no_pager),
     .help = "Shows help as it is, also on a terminal: 'zmalloc --no-pager help bench'."},
    {0},
};

static const char *const synopses[] = {"[--no-pager] SUBCOMMAND [OPTIONS]", NULL};

static const char *const paragraphs[] = {
    "Runs unmodified programs under the memory allocator of your choice, and compares allocators.",
    "'zmalloc help SUBCOMMAND' shows what a subcommand takes.",
    NULL,
};

static const struct zm_note exit_statuses[] = {
    {"0", "Success."},
    {"1", "Something is missing: a run has failed, or a line of a file was left out."},
    {"2", "Wrong usage: an unknown subcommand, option or value."},
    {"125", "zmalloc can't do its part: a file of its own is missing, or one can't be written."},
    {"126", "The command to run can't be executed."},
    {"127", "The command to run, or the backend, is not there."},
    {"128 + n", "Stopped by signal n."},
    {0},
};

static const struct zm_note environment[] = {
    {"ZMALLOC_PAGER, PAGER",
     "What shows help on a terminal, by a shell; the first that is set. Empty or 'cat': nothing "
     "does. The default is less, with LESS=FRX unless that is set."},
    {0},
};

static const struct zm_note examples[] = {
    {"zmalloc compare -- python3 job.py", "Compares all allocators on a program."},
    {"zmalloc run -b mimalloc -- python3 job.py", "Runs the program on one of them."},
    {"zmalloc info", "Shows which allocators there are."},
    {0},
};

#define POINT_TO(NAME) &zm_subcommand_##NAME,
static const struct zm_subcommand *const below[] = {ZM_COMMANDS(POINT_TO) POINT_TO(help) NULL};

static const struct zm_subcommand zmalloc_command = {
    .summary = "run programs under a memory allocator of your choice, and compare allocators",
    .synopses = synopses,
    .paragraphs = paragraphs,
    .options = options,
    .exit_statuses = exit_statuses,
    .environment = environment,
    .examples = examples,
    .operands = ZM_SUBCOMMANDS,
    .below = below,
    .below_are = "subcommand",
};

/* Runs the subcommand that the words begin with. False if they don't. */
static bool run_subcommand(int argc, char **argv, int *status)
{
    const struct zm_subcommand *subcommand =
        argc > 0 ? zm_subcommand_named(&zmalloc_command, argv[0]) : NULL;
    if (subcommand)
        *status = subcommand->main(argc, argv);
    return subcommand;
}

int main(int argc, char **argv)
{
    int status;
    if (run_subcommand(argc - 1, argv + 1, &status))
        return status;
    /* For shells and for the build, not for people. */
    if (argc > 1 && strcmp(argv[1], "--complete") == 0)
        return zm_complete(&zmalloc_command, argc - 1, argv + 1);
    if (argc == 2 && strcmp(argv[1], "--describe") == 0)
        return zm_describe(&zmalloc_command);

    struct asked asked = {0};
    if (!zm_options_parse(&zmalloc_command, argc, argv, &asked, &status))
        return status;
    if (asked.version) {
        printf("zmalloc %s\n", zmalloc_version());
        return zm_finish_stdout(NULL, ZM_EXIT_OK);
    }
    if (asked.no_pager)
        zm_pager_leave_out();
    int first = optind;
    if (run_subcommand(argc - first, argv + first, &status))
        return status;
    if (first == argc)
        return zm_usage_error(NULL, "no subcommand given");
    return zm_subcommand_unknown(&zmalloc_command, argv[first]);
}
