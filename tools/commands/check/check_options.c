/* The options of zmalloc check, and the rest of its help.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "check.h"
#include "tools/commands/commands.h"
#include "tools/commands/shared_options.h"
#include "tools/common/cli.h"

#include <string.h>

#define ZM_INTO struct zm_check

/* ---- values of its own ---- */

static int add_rule(const char *subcommand, const struct zm_option *option, const char *text,
                    void *into)
{
    struct zm_check *c = into;
    (void)option;
    const char *problem = zm_rules_add(&c->rules, text);
    return problem ? zm_usage_error(subcommand, "can't read the rule '%s': %s", text, problem) : 0;
}

static void offer_rules(const struct zm_option *option, struct zm_offers *offers)
{
    (void)option;
    const char *name;
    for (size_t i = 0; (name = zm_rule_figure_name(i)); i++)
        zm_offers_add(offers, name, "then > or <, and a limit: '> +2 %'");
}

static int add_export(const char *subcommand, const struct zm_option *option, const char *text,
                      void *into)
{
    struct zm_check *c = into;
    char name[32] = "";
    const char *colon = strchr(text, ':');
    (void)option;
    if (c->export_count == ZM_CHECK_EXPORTS_MAX)
        return zm_usage_error(subcommand, "more than %d times --export", ZM_CHECK_EXPORTS_MAX);
    if (colon && (size_t)(colon - text) < sizeof name)
        memcpy(name, text, (size_t)(colon - text));
    zm_gate_writer *write = zm_gate_writer_named(name);
    if (!colon || !colon[1] || !write)
        return zm_usage_error(
            subcommand,
            "--export takes FORMAT:FILE, FORMAT being one of " ZM_GATE_FORMATS ", not '%s'", text);
    c->exports[c->export_count++] = (struct zm_export){write, colon + 1};
    return 0;
}

/* ---- the table ---- */

static const struct zm_option options[] = {
    {.name = "baseline",
     .value = "FILE",
     ZM_TEXT(baseline_path),
     .offer = zm_offer_files,
     .help =
         "Compares with the runs of the same command in FILE, which 'zmalloc check --json' or "
         "'zmalloc compare --json' has recorded; with those in the last circumstances, if these "
         "differ.",
     .more = "Counters may be compared with any machine's. Times are undecided if that was another "
             "processor, or if the machine was busy with other things or is now."},
    {.name = "before",
     .value = "CMD",
     ZM_TEXT(before),
     .offer = zm_offer_files,
     .help = "Compares with another command, which runs in the same blocks: the program as it was.",
     .more = "CMD is split into words as a shell does it. So neither another machine nor another "
             "day can be taken for a regression."},
    {.name = "fail-if",
     .value = "RULE",
     .set = add_rule,
     .offer = offer_rules,
     .help = "What a regression is; can be given more than once. 'peak_live > +2 %' compares, "
             "'peak_rss > 64 MiB' is a limit. The default is 'allocs > +1 %', 'allocated > +1 %', "
             "'peak_live > +2 %', 'peak_rss > +5 %' and 'wall > +10 %'.",
     .more = "See RULES."},
    {.name = "backends",
     .letter = 'b',
     .value = "LIST",
     .set = zm_set_backends,
     .at = ZM_PLACE(backends, struct zm_backend_list),
     .offer = zm_offer_backend_list,
     .help =
         "Backends, separated by commas. The default is those of the baseline; without one, the "
         "one that this build takes by default."},
    {.name = "blocks",
     .letter = 'n',
     .value = "N",
     ZM_NUMBER(blocks, "blocks", 1, ZM_BLOCKS_MAX),
     .help = "Runs the command N times under each backend. The default is 15.",
     .more =
         "A number that was the same in all runs, before and now, is compared exactly. If it is "
         "worse and the runs are so few that they may be alike by chance, that is undecided: "
         "from 7 runs on each side it is decided, by the usual rules."},
    {.name = "time",
     .letter = 't',
     .value = "S",
     ZM_SECONDS_OF(time_s, "the time"),
     .help = "Ends within S seconds, with as many runs as there is time for."},
    {.name = "export",
     .value = "FORMAT:FILE",
     .set = add_export,
     .offer = zm_offer_formats,
     .words = "junit markdown github-action-benchmark bencher",
     .help =
         "Writes what was found into FILE, too; can be given more than once. FORMAT is 'junit', "
         "'markdown', 'github-action-benchmark' or 'bencher'; '-' as FILE is stdout.",
     .more = "Markdown is also appended to the file that GITHUB_STEP_SUMMARY names, if it is set."},
    ZM_OPTION_SEED,
    ZM_OPTION_TIMEOUT(workload.timeout_s),
    ZM_OPTION_JSON,
    {0},
};

static const char *const synopses[] = {
    "--baseline=FILE [OPTIONS] [--] COMMAND [ARGUMENTS]",
    "--before=CMD [OPTIONS] [--] COMMAND [ARGUMENTS]",
    "--json=FILE [OPTIONS] [--] COMMAND [ARGUMENTS]",
    NULL,
};

static const char *const paragraphs[] = {
    "Tells whether COMMAND allocates more, needs more memory or takes longer than before, as its "
    "exit status says: a gate for tests and CI.",
    "What never varies, as numbers of allocations and bytes do in most programs, is judged as a "
    "number. Of all else a difference must be beyond the limit for sure: at most 1 check in 1,000 "
    "of an unchanged program on an unchanged machine calls it a regression. With --json alone it "
    "records a baseline.",
    NULL,
};

static const struct zm_note exit_statuses[] = {
    {"0", "No regression."},
    {"1", "A regression, or a run of COMMAND failed."},
    {"2", "Wrong usage, or the baseline does not have COMMAND."},
    {"3", "Undecided: nothing is worse for sure, but some rule can't be judged."},
    {"125", "The preload library is missing, or FILE can't be read or written."},
    {"126", "COMMAND can't be executed."},
    {"127", "COMMAND, or a backend, is not there."},
    ZM_EXIT_INTERRUPTED,
    {0},
};

static const struct zm_note environment[] = {
    {"GITHUB_STEP_SUMMARY", "A file to which the result is appended as Markdown."},
    ZM_VARIABLE_NO_COLOR,
    ZM_VARIABLE_TMPDIR,
    ZM_VARIABLE_PRELOAD,
    {0},
};

static const struct zm_note examples[] = {
    {"zmalloc check -b libc --json=before.jsonl -- python3 job.py", "Records how it is today."},
    {"zmalloc check --baseline=before.jsonl -- python3 job.py",
     "Tells whether it has become worse since."},
    {"zmalloc check -b libc --before='python3 old.py' -- python3 new.py",
     "Compares two versions, side by side."},
    {"zmalloc check -b libc --fail-if='peak_live > 200 MiB' -- python3 job.py",
     "Holds a program to a limit."},
    {0},
};

const struct zm_subcommand zm_subcommand_check = {
    .name = ZM_CHECK,
    .summary = "tell whether a command has become worse, for CI",
    .synopses = synopses,
    .paragraphs = paragraphs,
    .options = options,
    .exit_statuses = exit_statuses,
    .environment = environment,
    .examples = examples,
    .operands = ZM_COMMAND_LINE,
    .main = zm_cmd_check,
};
