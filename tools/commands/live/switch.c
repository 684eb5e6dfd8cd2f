/* zmalloc switch: another backend for the new blocks of a running process.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>

#include "tools/commands/commands.h"
#include "tools/commands/shared_options.h"
#include "tools/common/cli.h"
#include "tools/common/printable.h"
#include "tools/live/family/family.h"
#include "tools/options/parse.h"

#define NAME "switch"

struct asked {
    bool purge, children;
    const char *backend; /* NULL: none, what runs is to be shown */
    size_t switched, failed;
};

#define ZM_INTO struct asked

/* A tree's processes have lines of their own, whatever came of them. */
static FILE *begin_line(const struct zm_member *member, const struct asked *asked, int obstacle)
{
    if (asked->children) {
        printf("%ld ", (long)member->pid);
        zm_put_between(stdout, "", member->state.command, ": ");
    } else if (obstacle != 0) {
        fprintf(stderr, "zmalloc " NAME ": process %ld: ", (long)member->pid);
    }
    return asked->children || obstacle == 0 ? stdout : stderr;
}

static void show(const struct zm_member *member, struct asked *asked)
{
    int obstacle = zm_member_obstacle(member, NULL);
    const char *runs = obstacle == 0 ? zm_switch_runs(&member->source) : NULL;
    if (obstacle == 0 && !runs)
        obstacle = -ESRCH;
    if (obstacle != 0 && asked->children && zm_member_has_ended(member))
        return;
    FILE *out = begin_line(member, asked, obstacle);
    if (obstacle != 0) {
        zm_member_put_obstacle(member, NULL, obstacle, out);
        return;
    }
    zm_put_between(out, "", runs, "; may be switched to: ");
    zm_switch_list(&member->source.page, out);
    fputc('\n', out);
    asked->switched++;
}

static void tell(const struct zm_member *member, const char *from, void *context)
{
    struct asked *asked = context;
    FILE *out = begin_line(member, asked, member->obstacle);
    if (member->obstacle != 0) {
        zm_member_put_obstacle(member, asked->backend, member->obstacle, out);
        asked->failed += zm_member_obstacle(member, asked->backend) == 0;
        return;
    }
    zm_put_between(out, "", from, " -> ");
    zm_put_between(out, "", asked->backend, "\n");
    asked->switched++;
}

static int switch_family(struct zm_family *family, struct asked *asked)
{
    int status = 0;
    for (size_t i = 0; !asked->backend && i < family->count; i++)
        show(&family->all[i], asked);
    if (asked->backend)
        status = zm_family_switch(family, asked->backend, asked->purge, tell, asked);
    if (!asked->children && family->count == 1) /* its obstacle has been told */
        return asked->switched ? ZM_EXIT_OK : ZM_EXIT_TOOL;
    if (status != 0)
        return zm_family_refuse(NAME, family, status);
    if (asked->switched == 0)
        zm_error(NAME, "process %ld: neither it nor a descendant can be switched%s%s",
                 (long)family->root, asked->backend ? " to " : "",
                 asked->backend ? "that backend" : "");
    return asked->switched == 0 ? ZM_EXIT_TOOL : asked->failed ? ZM_EXIT_FAILED_CELL : ZM_EXIT_OK;
}

static int switch_process(int argc, char **argv)
{
    struct zm_family family;
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
    asked.backend = argv[optind + 1]; /* NULL stands behind the last argument */
    if (asked.purge && !asked.backend)
        return zm_usage_error(NAME, "--purge needs a backend");
    status = zm_family_open(&family, (pid_t)pid, asked.children);
    status = status != 0 ? zm_family_refuse(NAME, &family, status) : switch_family(&family, &asked);
    zm_family_close(&family);
    return zm_finish_stdout(NAME, status);
}

static const struct zm_option options[] = {
    {.name = "children",
     ZM_FLAG(children),
     .help =
         "Switches the process and all its descendants that may be, and prints a line for each; "
         "those that may not be are named with the reason."},
    {.name = "purge",
     .letter = 'p',
     ZM_FLAG(purge),
     .help = "Also has the other backends give back what they have free, as soon as the process "
             "allocates again."},
    {0},
};

static const char *const synopses[] = {"[--children] [--purge] PID [BACKEND]", NULL};

static const char *const paragraphs[] = {
    "Lets the new blocks of a running process come from another backend; its old ones go back "
    "where they came from. The process must have been started with ZMALLOC_SWITCH=on, or a list of "
    "the backends that may be switched to.",
    "Without a backend it tells which one runs, and which others may.",
    NULL,
};

static const struct zm_note exit_statuses[] = {
    {"0",
     "Success; with --children: all that may be switched to this backend were, and there was one."},
    {"1", "With --children: some that may be switched could not be."},
    {"2", "Wrong usage."},
    {"125", "There is no such process, it can't be switched, or not to this backend; with "
            "--children: none "
            "can be, or the descendants execute new programs all the time."},
    {0},
};

static const struct zm_note examples[] = {
    {"zmalloc switch 4711", "What runs, and what may."},
    {"zmalloc switch $(pidof redis-server) mimalloc", "Switches it."},
    {"zmalloc switch --children $(cat nginx.pid) mimalloc", "Switches a server and its workers."},
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
