/* zmalloc stat: levels and rates of a running process.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "pids.h"
#include "stat_line.h"
#include "tools/commands/commands.h"
#include "tools/commands/shared_options.h"
#include "tools/common/cli.h"
#include "tools/common/clock.h"
#include "tools/options/parse.h"
#include "tools/process/child.h"

#define NAME             "stat"
#define LINES_OF_HEADING 20

struct asked {
    double interval; /* 0: one reading */
    uint64_t count;  /* 0: until the process ends */
    bool json, details;
};

#define ZM_INTO struct asked

static void show_text(const struct asked *asked, uint64_t line, const struct zm_reading *now,
                      const struct zm_reading *before, const struct zm_details *details)
{
    bool each = asked->details || (line % LINES_OF_HEADING == 0 && isatty(STDOUT_FILENO));
    if (line == 0 || each)
        zm_stat_heading();
    zm_stat_line(now, before);
    if (details)
        zm_details_text(details, stdout);
    fflush(stdout);
}

static int show(pid_t pid, const struct asked *asked, uint64_t line, const struct zm_reading *now,
                const struct zm_reading *before)
{
    struct zm_details details;
    bool detailed =
        asked->details && now->error == 0 && zm_details_read(&now->source, &details) == 0;
    int status = 0;
    if (asked->json)
        status = zm_stat_json(pid, now, before, detailed ? &details : NULL);
    else
        show_text(asked, line, now, before, detailed ? &details : NULL);
    if (detailed)
        zm_details_free(&details);
    return status;
}

/* Says what is missing, or wrong, with the first reading. */
static void remark(pid_t pid, const struct zm_reading *first)
{
    if (first->error)
        zm_error(NAME, "process %ld: %s; memory as the system sees it", (long)pid,
                 zm_live_problem(first->error));
    else if (first->account.copied)
        zm_error(NAME,
                 "process %ld: forked past the library: its figures contain its parent's, and its "
                 "peak is its parent's",
                 (long)pid);
}

static int watch(pid_t pid, const struct asked *asked)
{
    struct zm_reading readings[2];
    struct zm_reading *before = NULL;
    double next = zm_now();
    zm_child_catch_signals();
    for (uint64_t line = 0;; line++) {
        struct zm_reading *now = &readings[line % 2];
        int status = zm_reading_take(pid, now);
        if (status != 0)
            return line ? ZM_EXIT_OK : zm_live_refuse(NAME, pid, status);
        if (line == 0)
            remark(pid, now);
        /* A reading in between that has no account, from an exec say, is no start to count from. */
        if (before && before->error)
            before = NULL;
        if (show(pid, asked, line, now, before) != 0) {
            zm_error(NAME, "can't write the JSON object");
            return ZM_EXIT_TOOL;
        }
        before = now;
        if (ferror(stdout) || (asked->count ? line + 1 >= asked->count : asked->interval == 0))
            return ZM_EXIT_OK;
        next += asked->interval;
        if (!zm_pause_until(next))
            return ZM_EXIT_SIGNAL + zm_child_interrupted();
    }
}

static int stat_process(int argc, char **argv)
{
    struct asked asked = {.interval = 0};
    pid_t pid;
    int status;
    if (!zm_options_parse(&zm_subcommand_stat, argc, argv, &asked, &status))
        return status;
    status = zm_pid_parse(NAME, argc - optind, argv + optind, &pid);
    if (status != 0)
        return status;
    if (asked.count && asked.interval == 0)
        asked.interval = 1;
    return zm_finish_stdout(NAME, watch(pid, &asked));
}

static const struct zm_option options[] = {
    {.name = "interval",
     .letter = 'i',
     .value = "SECONDS",
     ZM_SECONDS_OF(interval, "the interval"),
     .help = "Reads again and again, this often: each line but the first has the rates since the "
             "line before. Ends with the process."},
    {.name = "count",
     .letter = 'n',
     .value = "COUNT",
     ZM_NUMBER(count, "the number of lines", 1, UINT32_MAX),
     .help = "Ends after this many lines. Without --interval they are a second apart."},
    {.name = "details",
     .letter = 'd',
     ZM_FLAG(details),
     .help =
         "Shows also its limit and how often that was met, its heaps (zmalloc/heap.h), the numbers "
         "that it publishes (zmalloc_publish), and its threads."},
    {.name = "json", ZM_FLAG(json), .help = "Prints a JSON object for each line."},
    {0},
};

static const char *const synopses[] = {"[-i SECONDS] [-n COUNT] [-d] [--json] PID", NULL};

static const char *const paragraphs[] = {
    "Shows what a running process uses, and how fast it allocates: of any program on zmalloc, "
    "linked or preloaded. The process is not stopped, and does nothing for it. The first line has "
    "the rates since its start.",
    "Of a process without an account it shows the memory that the system sees, and says why.",
    NULL,
};

static const struct zm_note exit_statuses[] = {
    {"0", "Success: also if the process has ended meanwhile."},
    {"2", "Wrong usage."},
    {"125", "There is no such process."},
    ZM_EXIT_INTERRUPTED,
    {0},
};

static const struct zm_note examples[] = {
    {"zmalloc stat -i 1 $(pidof redis-server)", "A line each second."},
    {"zmalloc stat -d 4711", "With its limit, its own numbers and its threads."},
    {"zmalloc stat --json 4711", "All figures once, for a script."},
    {0},
};

const struct zm_subcommand zm_subcommand_stat = {
    .name = NAME,
    .summary = "show what a running process uses and how fast it allocates",
    .synopses = synopses,
    .paragraphs = paragraphs,
    .options = options,
    .exit_statuses = exit_statuses,
    .examples = examples,
    .operands = ZM_PROCESS_IDS,
    .main = stat_process,
};
