/* zmalloc top: the processes on this machine that are on zmalloc, live.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "pids.h"
#include "tools/commands/commands.h"
#include "tools/commands/shared_options.h"
#include "tools/common/cli.h"
#include "tools/common/clock.h"
#include "tools/options/complete.h"
#include "tools/options/parse.h"
#include "tools/process/child.h"
#include "top_rows.h"
#include "top_screen.h"

#define NAME "top"

struct asked {
    double interval;
    uint64_t count; /* 0: without an end */
    bool once, batch, json, wide, heaps;
    enum zm_top_order order;
};

#define ZM_INTO struct asked

static int set_order(const char *subcommand, const struct zm_option *option, const char *text,
                     void *into)
{
    struct asked *asked = into;
    (void)option;
    for (int i = 0; i < ZM_TOP_ORDERS; i++) {
        if (strcmp(text, zm_top_order_names[i]) == 0) {
            asked->order = (enum zm_top_order)i;
            return 0;
        }
    }
    return zm_usage_error(subcommand, "--sort takes used, peak, rss, allocs or pid, not '%s'",
                          text);
}

/* As wide as the terminal; a file takes all. */
static int width(void)
{
    struct winsize size;
    return isatty(STDOUT_FILENO) && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col
               ? size.ws_col
               : 400;
}

static int print(const struct zm_top *top, const struct asked *asked)
{
    char line[512];
    bool wide = asked->wide || (isatty(STDOUT_FILENO) && width() >= ZM_TOP_WIDE);
    if (asked->json)
        return zm_top_json(top, asked->heaps, stdout);
    zm_top_summary(top, line, sizeof line);
    puts(line);
    puts(zm_top_heading(wide));
    for (size_t i = 0; i < top->now.count; i++) {
        zm_top_line(&top->rows[i], wide, width(), line, sizeof line);
        puts(line);
        if (asked->heaps)
            zm_top_heaps(&top->rows[i], wide, stdout);
    }
    fflush(stdout);
    return 0;
}

static int print_again_and_again(struct zm_top *top, const pid_t *pids, size_t count,
                                 const struct asked *asked)
{
    double next = zm_now();
    for (uint64_t looks = 1;; looks++) {
        if (zm_top_look(top, pids, count) != 0 && count && top->now.count == 0) {
            if (looks > 1)
                return ZM_EXIT_OK;
            zm_error(NAME, "none of these processes has an account that may be read");
            return ZM_EXIT_TOOL;
        }
        if (looks > 1 && !asked->json)
            putchar('\n');
        if (print(top, asked) != 0) {
            zm_error(NAME, "can't write the JSON objects");
            return ZM_EXIT_TOOL;
        }
        if (asked->once || looks == asked->count || ferror(stdout))
            return ZM_EXIT_OK;
        next += asked->interval;
        if (!zm_pause_until(next))
            return ZM_EXIT_SIGNAL + zm_child_interrupted();
    }
}

static int top_of(int argc, char **argv)
{
    struct asked asked = {.interval = 1};
    int status;
    if (!zm_options_parse(&zm_subcommand_top, argc, argv, &asked, &status))
        return status;
    bool plain = asked.once || asked.batch || asked.json || asked.count;
    if (!plain && (!isatty(STDOUT_FILENO) || !isatty(STDIN_FILENO)))
        return zm_usage_error(NAME, "not on a terminal: use --once or --batch");
    if (!plain && !zm_top_has_screen())
        return zm_usage_error(NAME, "built without ncurses: use --once or --batch");
    pid_t *pids = zm_pids_parse(NAME, argc - optind, argv + optind, &status);
    if (!pids)
        return status;
    struct zm_top top = {.order = asked.order};
    size_t count = (size_t)(argc - optind);
    zm_child_catch_signals();
    status = plain ? print_again_and_again(&top, pids, count, &asked)
                   : zm_top_screen(&top, pids, count, asked.interval);
    zm_top_clear(&top);
    free(pids);
    return zm_finish_stdout(NAME, status);
}

static const struct zm_option options[] = {
    {.name = "interval",
     .letter = 'i',
     .value = "SECONDS",
     ZM_SECONDS_OF(interval, "the interval"),
     .help = "Looks this often. Default: 1."},
    {.name = "sort",
     .letter = 's',
     .value = "KEY",
     .set = set_order,
     .offer = zm_offer_words,
     .words = "used peak rss allocs pid",
     .help =
         "Sorts by used memory, 'used', which is the default; by 'peak', 'rss', 'allocs' a second, "
         "or 'pid'."},
    {.name = "once", ZM_FLAG(once), .help = "Prints one table, with the rates since the start."},
    {.name = "batch", .letter = 'b', ZM_FLAG(batch), .help = "Prints a table for each look."},
    {.name = "count",
     .letter = 'n',
     .value = "COUNT",
     ZM_NUMBER(count, "the number of looks", 1, UINT32_MAX),
     .help = "Ends after this many tables."},
    {.name = "wide",
     .letter = 'w',
     ZM_FLAG(wide),
     .help = "With allocated bytes a second, live blocks and the allocator's version: as on a "
             "terminal of 110 columns or more."},
    {.name = "heaps",
     ZM_FLAG(heaps),
     .help = "Below each process its heaps (zmalloc/heap.h), by name: what is used in them, with "
             "their children, and their peak. On the terminal Enter shows them."},
    {.name = "json", ZM_FLAG(json), .help = "Prints a JSON object for each process and look."},
    {0},
};

static const char *const synopses[] = {"[-i SECONDS] [-s KEY] [PID...]",
                                       "--once|--batch|--json [-w] [--heaps] [-n COUNT] [PID...]",
                                       NULL};

static const char *const paragraphs[] = {
    "Shows the processes on this machine that are on zmalloc, linked or preloaded: what they use, "
    "and how fast they allocate. Enter opens one, h tells the keys, q leaves.",
    "With process IDs it shows these, and all that they have started. The processes are not "
    "stopped "
    "and do nothing for it.",
    NULL,
};

static const struct zm_note exit_statuses[] = {
    {"0", "Success."},
    {"2", "Wrong usage."},
    {"125", "No process that was named can be read."},
    ZM_EXIT_INTERRUPTED,
    {0},
};

static const struct zm_note environment[] = {
    ZM_VARIABLE_NO_COLOR,
    {0},
};

static const struct zm_note examples[] = {
    {"zmalloc top", "All, live."},
    {"zmalloc top --once -s rss", "A table, the largest first."},
    {0},
};

const struct zm_subcommand zm_subcommand_top = {
    .name = NAME,
    .summary = "watch the processes that are on zmalloc",
    .synopses = synopses,
    .paragraphs = paragraphs,
    .options = options,
    .exit_statuses = exit_statuses,
    .environment = environment,
    .examples = examples,
    .operands = ZM_PROCESS_IDS,
    .main = top_of,
};
