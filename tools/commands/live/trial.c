/* zmalloc trial: each backend in turn, under the load that a running process has.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "trial.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pids.h"
#include "tools/commands/commands.h"
#include "tools/commands/shared_options.h"
#include "tools/common/cli.h"
#include "tools/options/parse.h"
#include "tools/process/child.h"

#define NAME   "trial"
#define TURN_S 60

/* Indices in the page, in the order of the list. */
struct wanted {
    size_t all[ZM_LIVE_BACKENDS];
    size_t count;
};

static int add(const struct zm_member *from, char *name, struct wanted *out)
{
    size_t index = zm_switch_find(&from->source.page, name);
    if (index == ZM_LIVE_BACKENDS) {
        fprintf(stderr, "zmalloc " NAME ": process %ld: ", (long)from->pid);
        zm_member_put_obstacle(from, name, ZM_NOT_TO_THAT, stderr);
        return ZM_EXIT_TOOL;
    }
    for (size_t i = 0; i < out->count; i++)
        if (out->all[i] == index)
            return zm_usage_error(NAME, "'%s' is there twice", name);
    out->all[out->count++] = index;
    return 0;
}

static int choose(const struct zm_trial *trial, const struct zm_member *from, struct wanted *out)
{
    char *list = trial->backends ? strdup(trial->backends) : NULL, *rest = list, *name;
    int status = 0;
    out->count = 0;
    if (trial->backends && !list) {
        zm_error(NAME, "out of memory");
        return ZM_EXIT_TOOL;
    }
    while (status == 0 && (name = strsep(&rest, ",")) != NULL)
        status = add(from, name, out);
    for (size_t i = 0; !trial->backends && i < ZM_LIVE_BACKENDS; i++)
        if (zm_may_switch(&from->source.page, i))
            out->all[out->count++] = i;
    free(list);
    if (status == 0 && out->count < 2)
        return zm_usage_error(NAME, "there must be two backends at least to choose from");
    return status;
}

static void tell(const struct zm_trial *trial, const struct zm_live *page,
                 const struct zm_turn *turn)
{
    if (isatty(STDERR_FILENO))
        fprintf(stderr, "\r\033[Kround %u of %llu: %s", turn->round,
                (unsigned long long)trial->rounds, page->backends[turn->backend].name);
}

static void forget_line(void)
{
    if (isatty(STDERR_FILENO))
        fputs("\r\033[K", stderr);
}

static bool is_among(const struct wanted *wanted, size_t backend)
{
    for (size_t i = 0; i < wanted->count; i++)
        if (wanted->all[i] == backend)
            return true;
    return false;
}

/* Every other round goes backwards, so that what drifts befalls all alike. 0, or an error of
 * family.h. */
static int take_all(struct zm_family *family, const struct wanted *wanted, struct zm_turns *turns)
{
    const struct zm_trial *trial = turns->trial;
    for (unsigned round = 1; round <= trial->rounds; round++) {
        for (size_t i = 0; i < wanted->count && !zm_child_interrupted(); i++) {
            struct zm_turn *turn = &turns->all[turns->count];
            size_t at = round % 2 ? i : wanted->count - 1 - i;
            *turn = (struct zm_turn){.backend = wanted->all[at], .round = round};
            tell(trial, turns->page, turn);
            int status = zm_turn_take(trial, family, turns->page, turn);
            if (status != 0)
                return status;
            turns->count++;
        }
    }
    return 0;
}

/* Where it is to go after the trial, and whether all went there: 0, or an error of family.h. */
static int leave(struct zm_family *family, const struct zm_turns *turns, size_t *stays)
{
    const struct zm_live *page = turns->page;
    if (*stays == ZM_LIVE_BACKENDS && !turns->trial->children)
        return 0;
    /* Each to its own before: a tree may have run several. */
    const char *to = *stays == turns->first ? NULL : page->backends[*stays].name;
    int status = zm_family_switch(family, to, page->purges, NULL, NULL);
    if (status != 0) /* it has ended, or executed another program: that tells why a turn failed */
        *stays = ZM_LIVE_BACKENDS;
    return status;
}

/* Measures, goes where it is to go, and prints. */
static int try_them(const struct zm_trial *trial, struct zm_family *family,
                    const struct zm_member *first, const struct wanted *wanted)
{
    const struct zm_live page = first->source.page; /* outlives the member */
    struct zm_turns turns = {.trial = trial,
                             .page = &page,
                             .pss = family->pss,
                             .first = zm_switch_find(&page, first->before)};
    if (trial->stay && !is_among(wanted, turns.first))
        return zm_usage_error(NAME, "--stay compares with the backend that runs: it must be in -b");
    turns.all = calloc(wanted->count * trial->rounds, sizeof *turns.all);
    if (!turns.all) {
        zm_error(NAME, "out of memory");
        return ZM_EXIT_TOOL;
    }
    zm_child_catch_signals();
    int error = take_all(family, wanted, &turns);
    forget_line();
    size_t best = zm_trial_best(&turns), stays = turns.first;
    if (trial->stay && error == 0 && !zm_child_interrupted() && zm_trial_beats_first(&turns, best))
        stays = best;
    int back = leave(family, &turns, &stays);
    error = back ? back : error;
    int status = error ? zm_family_refuse(NAME, family, error) : ZM_EXIT_OK;
    for (size_t i = 0; i < turns.count; i++)
        if (turns.all[i].problem[0] && status == ZM_EXIT_OK)
            status = ZM_EXIT_FAILED_CELL;
    if ((trial->json ? zm_trial_print_json : zm_trial_print)(&turns, best, stays) != 0) {
        zm_error(NAME, "out of memory");
        status = ZM_EXIT_TOOL;
    }
    free(turns.all);
    return zm_child_interrupted() ? ZM_EXIT_SIGNAL + zm_child_interrupted() : status;
}

/* What is tried, and by whose page. 0, or the exit status, the reason printed. */
static int open_family(const struct zm_trial *trial, pid_t pid, struct zm_family *family,
                       const struct zm_member **first)
{
    int status = zm_family_open(family, pid, trial->children);
    *first = zm_family_first(family);
    zm_family_choose_memory(family);
    if (status != 0)
        return zm_family_refuse(NAME, family, status);
    if (*first)
        return 0;
    zm_error(NAME, "process %ld: %sstarted without ZMALLOC_SWITCH=on", (long)pid,
             trial->children ? "it and its descendants were " : "");
    return ZM_EXIT_TOOL;
}

static int check(struct zm_trial *trial)
{
    if (trial->settle_s >= trial->turn_s)
        return zm_usage_error(NAME, "--settle must be less than --for, which is %g", trial->turn_s);
    if (!trial->metric_text || strcmp(trial->metric_text, "rss") == 0)
        trial->metric = ZM_TRIAL_RSS;
    else if (strcmp(trial->metric_text, "cpu") == 0)
        trial->metric = ZM_TRIAL_CPU;
    else
        trial->metric = ZM_TRIAL_COMMAND;
    if (trial->most && trial->metric != ZM_TRIAL_COMMAND)
        return zm_usage_error(NAME, "--most is for the numbers of a command");
    if (trial->metric == ZM_TRIAL_COMMAND && !*trial->metric_text)
        return zm_usage_error(NAME, "--metric is rss, cpu or a command");
    return 0;
}

static int trial(int argc, char **argv)
{
    struct zm_trial trial = {.turn_s = TURN_S, .rounds = 1};
    struct zm_family family = {0};
    const struct zm_member *first;
    struct wanted wanted;
    pid_t pid;
    int status;
    if (!zm_options_parse(&zm_subcommand_trial, argc, argv, &trial, &status))
        return status;
    status = zm_pid_parse(NAME, argc - optind, argv + optind, &pid);
    if (status == 0)
        status = check(&trial);
    if (status == 0)
        status = open_family(&trial, pid, &family, &first);
    if (status == 0)
        status = choose(&trial, first, &wanted);
    if (status == 0)
        status = try_them(&trial, &family, first, &wanted);
    zm_family_close(&family);
    return zm_finish_stdout(NAME, status);
}

#define ZM_INTO struct zm_trial

static const struct zm_option options[] = {
    {.name = "children",
     ZM_FLAG(children),
     .help = "Tries the process and all its descendants together, also those that are started "
             "meanwhile. The figures are sums over all of them; the memory is PSS, in which shared "
             "pages count once, if that may be read of all."},
    {.name = "backends",
     .letter = 'b',
     .value = "LIST",
     ZM_TEXT(backends),
     .offer = zm_offer_backend_list,
     .help = "Backends, separated by commas, in the order of their turns. The default is all that "
             "the process may be switched to."},
    {.name = "for",
     .value = "SECONDS",
     ZM_SECONDS_OF(turn_s, "the time of a turn"),
     .help = "How long each backend runs in a round. The default is 60."},
    {.name = "settle",
     .value = "SECONDS",
     ZM_SECONDS_OF(settle_s, "the time to settle"),
     .help = "So much of each turn is not measured: the blocks of the one before are on their way "
             "home. The default is a quarter of the turn."},
    {.name = "rounds",
     .value = "N",
     ZM_NUMBER(rounds, "the number of rounds", 1, ZM_TRIAL_ROUNDS_MAX),
     .help = "Gives each so many turns, in every other round backwards. The default is 1."},
    {.name = "metric",
     .value = "METRIC",
     ZM_TEXT(metric_text),
     .offer = zm_offer_words,
     .words = "rss cpu",
     .help = "What decides: 'rss', the process's resident memory, on average over the turn, which "
             "is the default; 'cpu', its CPU time for each allocation; or a command for the shell, "
             "run at the end of each turn, whose last line of output is a number, the lower the "
             "better: a latency, say.",
     .more = "The command finds ZMALLOC_TRIAL_PID and ZMALLOC_TRIAL_BACKEND in its environment. If "
             "it makes the load itself, its time is part of what is measured."},
    {.name = "most",
     ZM_FLAG(most),
     .help = "The highest number of the command is the best: a throughput, say."},
    {.name = "stay",
     ZM_FLAG(stay),
     .help = "Leaves the process with the best, if that beat the one that ran before in every "
             "round; so that one must be tried, too. Without this option, the process goes back to "
             "it in any case."},
    {.name = "json", ZM_FLAG(json), .help = "Prints a JSON object, with every turn."},
    {0},
};

static const char *const synopses[] = {
    "[-b LIST] [--for SECONDS] [--rounds N] [--metric METRIC] [--children] [--stay] PID", NULL};

static const char *const paragraphs[] = {
    "Tries each backend in a running process, under the load that it has, and shows what it used: "
    "resident memory, CPU time, allocations. The process must have been started with "
    "ZMALLOC_SWITCH=on, or a list of the backends that may be tried.",
    "Ctrl-C ends the trial: the process goes back to the backend that ran before, and what was "
    "measured is shown.",
    NULL,
};

static const struct zm_note exit_statuses[] = {
    {"0", "Success."},
    {"1",
     "A turn does not count: its command failed, the process allocated nothing in it, or somebody "
     "else switched the process."},
    {"2", "Wrong usage."},
    {"125",
     "There is no such process, it can't be switched, not to this backend, or it has ended."},
    ZM_EXIT_INTERRUPTED,
    {0},
};

static const struct zm_note examples[] = {
    {"zmalloc trial $(pidof redis-server)", "A minute for each, by resident memory."},
    {"zmalloc trial --children $(cat nginx.pid)", "A server and its workers."},
    {"zmalloc trial 4711 --for 30 --rounds 5 --metric cpu --stay",
     "Stays with the one that takes the least CPU time."},
    {"zmalloc trial 4711 -b jemalloc,mimalloc --metric ./requests.sh --most",
     "By the number that a script of your own prints at the end of each turn."},
    {0},
};

const struct zm_subcommand zm_subcommand_trial = {
    .name = NAME,
    .summary = "try each backend in a running process",
    .synopses = synopses,
    .paragraphs = paragraphs,
    .options = options,
    .exit_statuses = exit_statuses,
    .examples = examples,
    .operands = ZM_PROCESS_IDS,
    .main = trial,
};
