/* zmalloc switch: another backend for the new blocks of a running process.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include <getopt.h>
#include <stdio.h>

#include "tools/commands/commands.h"
#include "tools/commands/shared_options.h"
#include "tools/common/cli.h"
#include "tools/common/printable.h"
#include "tools/live/switching.h"
#include "tools/options/parse.h"

#define NAME "switch"

struct asked {
    bool purge;
};

#define ZM_INTO struct asked

static int show(const struct zm_live_source *source)
{
    struct zm_live_account account;
    int status = zm_live_take(source, &account);
    if (status != 0)
        return zm_live_refuse(NAME, source->pid, status);
    zm_put_between(stdout, "", account.backend, "; may be switched to: ");
    zm_switch_list(&source->page, stdout);
    putchar('\n');
    return ZM_EXIT_OK;
}

static int switch_to(const struct zm_live_source *source, const char *name,
                     const struct asked *asked)
{
    struct zm_live_account before, after;
    size_t index = zm_switch_find(&source->page, name);
    if (index == ZM_LIVE_BACKENDS)
        return zm_switch_refuse(NAME, source, name);
    int status = zm_live_take(source, &before);
    if (status == 0)
        status = zm_switch_to(source, index, asked->purge);
    if (status == 0)
        status = zm_live_take(source, &after);
    if (status != 0)
        return zm_live_refuse(NAME, source->pid, status);
    zm_put_between(stdout, "", before.backend, " -> ");
    zm_put_between(stdout, "", after.backend, "\n");
    return ZM_EXIT_OK;
}

static int switch_process(int argc, char **argv)
{
    struct zm_live_source source;
    struct asked asked = {.purge = false};
    uint64_t pid;
    int status;
    if (!zm_options_parse(&zm_subcommand_switch, argc, argv, &asked, &status))
        return status;
    if (optind == argc)
        return zm_usage_error(NAME, "no process ID given");
    if (argc - optind > 2)
        return zm_usage_error(NAME, "one process ID and one backend, not '%s' too",
                              argv[optind + 2]);
    status = zm_parse_pid(NAME, argv[optind], &pid);
    if (status != 0)
        return status;
    status = zm_switch_open(NAME, (pid_t)pid, &source);
    if (status != 0)
        return status;
    if (asked.purge && argc - optind == 1)
        return zm_usage_error(NAME, "--purge needs a backend");
    status = argc - optind == 1 ? show(&source) : switch_to(&source, argv[optind + 1], &asked);
    return zm_finish_stdout(NAME, status);
}

static const struct zm_option options[] = {
    {.name = "purge",
     .letter = 'p',
     ZM_FLAG(purge),
     .help = "Also has the other backends give back what they have free, as soon as the process "
             "allocates again."},
    {0},
};

static const char *const synopses[] = {"[--purge] PID [BACKEND]", NULL};

static const char *const paragraphs[] = {
    "Lets the new blocks of a running process come from another backend; its old ones go back "
    "where they came from. The process must have been started with ZMALLOC_SWITCH=on, or a list of "
    "the backends that may be switched to.",
    "Without a backend it tells which one runs, and which others may.",
    NULL,
};

static const struct zm_note exit_statuses[] = {
    {"0", "Success."},
    {"2", "Wrong usage."},
    {"125", "There is no such process, it can't be switched, or not to this backend."},
    {0},
};

static const struct zm_note examples[] = {
    {"zmalloc switch 4711", "What runs, and what may."},
    {"zmalloc switch $(pidof nginx) mimalloc", "Switches it."},
    {"zmalloc switch --purge 4711 mimalloc",
     "Later, when the old blocks are free: gives their memory back."},
    {0},
};

const struct zm_subcommand zm_subcommand_switch = {
    .name = NAME,
    .summary = "switch a running process to another backend",
    .synopses = synopses,
    .paragraphs = paragraphs,
    .options = options,
    .exit_statuses = exit_statuses,
    .examples = examples,
    .operands = ZM_PROCESS_IDS,
    .main = switch_process,
};
