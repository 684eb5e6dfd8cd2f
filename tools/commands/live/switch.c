/* zmalloc switch: another backend for the new blocks of a running process.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "tools/commands/commands.h"
#include "tools/commands/shared_options.h"
#include "tools/common/cli.h"
#include "tools/common/printable.h"
#include "tools/live/live.h"
#include "tools/live/remote.h"
#include "tools/options/parse.h"

#define NAME "switch"

static bool may(const struct zm_live *page, size_t index)
{
    return page->may >> index & 1 && page->backends[index].name[0];
}

static void list(const struct zm_live *page, FILE *out)
{
    const char *before = "";
    for (size_t i = 0; i < ZM_LIVE_BACKENDS; i++) {
        if (!may(page, i))
            continue;
        zm_put_between(out, before, page->backends[i].name, "");
        before = ", ";
    }
}

static int refuse(pid_t pid, int error)
{
    zm_error(NAME, "process %ld: %s", (long)pid, zm_live_problem(error));
    return ZM_EXIT_TOOL;
}

static int show(const struct zm_live_source *source)
{
    struct zm_live_account account;
    int status = zm_live_take(source, &account);
    if (status != 0)
        return refuse(source->pid, status);
    zm_put_between(stdout, "", account.backend, "; may be switched to: ");
    list(&source->page, stdout);
    putchar('\n');
    return ZM_EXIT_OK;
}

static int switch_to(const struct zm_live_source *source, const char *name)
{
    const struct zm_live *page = &source->page;
    struct zm_live_account before, after;
    size_t index = 0;
    while (index < ZM_LIVE_BACKENDS &&
           !(may(page, index) && strcmp(page->backends[index].name, name) == 0))
        index++;
    if (index == ZM_LIVE_BACKENDS) {
        fprintf(stderr, "zmalloc switch: process %ld can't be switched to '", (long)source->pid);
        zm_put_between(stderr, "", name, "', but to: ");
        list(page, stderr);
        fputc('\n', stderr);
        return ZM_EXIT_TOOL;
    }
    int status = zm_live_take(source, &before);
    if (status == 0)
        status = zm_remote_write_byte(source->pid, page->current, (uint8_t)(index + 1));
    if (status == 0)
        status = zm_live_take(source, &after);
    if (status != 0)
        return refuse(source->pid, status);
    zm_put_between(stdout, "", before.backend, " -> ");
    zm_put_between(stdout, "", after.backend, "\n");
    return ZM_EXIT_OK;
}

static int switch_process(int argc, char **argv)
{
    struct zm_live_source source;
    uint64_t pid;
    int status;
    if (!zm_options_parse(&zm_subcommand_switch, argc, argv, NULL, &status))
        return status;
    if (optind == argc)
        return zm_usage_error(NAME, "no process ID given");
    if (argc - optind > 2)
        return zm_usage_error(NAME, "one process ID and one backend, not '%s' too",
                              argv[optind + 2]);
    status = zm_parse_pid(NAME, argv[optind], &pid);
    if (status != 0)
        return status;
    status = zm_live_open((pid_t)pid, &source);
    if (status != 0)
        return refuse((pid_t)pid, status);
    if (!source.page.current) {
        zm_error(NAME, "process %ld: started without ZMALLOC_SWITCH=on", (long)pid);
        return ZM_EXIT_TOOL;
    }
    status = argc - optind == 1 ? show(&source) : switch_to(&source, argv[optind + 1]);
    return zm_finish_stdout(NAME, status);
}

static const struct zm_option options[] = {{0}};

static const char *const synopses[] = {"PID [BACKEND]", NULL};

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
