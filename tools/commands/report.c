/* zmalloc report: tables, or a page, from what compare and bench have recorded.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "commands.h"
#include "shared_options.h"
#include "tools/common/cli.h"
#include "tools/common/printable.h"
#include "tools/common/table.h"
#include "tools/options/parse.h"
#include "tools/reporting/before_after.h"
#include "tools/reporting/overview.h"
#include "tools/reporting/page/page.h"
#include "tools/reporting/text.h"
#include "tools/results/circumstances.h"
#include "tools/results/reader.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NAME "report"

static int out_of_memory(void)
{
    zm_error(NAME, "out of memory");
    return ZM_EXIT_TOOL;
}

/* 0, or -ENOMEM. */
static int print_before(const struct zm_dataset *d, const struct zm_group *group, FILE *out)
{
    char *changed = zm_circumstances_text(d, group->before, group);
    if (!changed)
        return -ENOMEM;
    struct zm_evidence before = zm_group_evidence(group->before), now = zm_group_evidence(group);
    int status = zm_before_after_print(&before, &now, changed, out, zm_wants_colour(out));
    free(changed);
    return status;
}

static int print_text(const struct zm_dataset *d, FILE *out)
{
    for (size_t g = 0; g < d->group_count; g++) {
        const struct zm_group *group = d->groups[g];
        if (g == 0 || group->machine != d->groups[g - 1]->machine)
            zm_put_between(out, g ? "\n==== " : "==== ", d->machines[group->machine].name, "\n");
        fputc('\n', out);
        struct zm_text_report report = {.workload = group->workload,
                                        .evidence = zm_group_evidence(group)};
        if (zm_text_report_print(&report, out, zm_wants_colour(out)) != 0)
            return out_of_memory();
        if (group->before && print_before(d, group, out) != 0)
            return out_of_memory();
    }
    return zm_overview_print(d, out, zm_wants_colour(out)) == 0 ? 0 : out_of_memory();
}

static int refuse(const char *path, int error)
{
    zm_error(NAME, "can't write '%s': %s", path, strerror(error));
    return ZM_EXIT_TOOL;
}

/* What is read is not written over: the runs would be gone. */
static int keep_input(const char *path, char *const *inputs)
{
    struct stat out, in;
    if (stat(path, &out) != 0 || !S_ISREG(out.st_mode))
        return 0;
    for (; *inputs; inputs++)
        if (stat(*inputs, &in) == 0 && in.st_dev == out.st_dev && in.st_ino == out.st_ino)
            return zm_usage_error(NAME, "'%s' is what is read, and would be written over", path);
    return 0;
}

static int write_page(const struct zm_dataset *d, const char *path)
{
    bool is_stdout = strcmp(path, "-") == 0;
    FILE *out = is_stdout ? stdout : fopen(path, "we");
    if (!out)
        return refuse(path, errno);
    int error = zm_page_write(d, out);
    if (!is_stdout && (ferror(out) | fclose(out)) && error == 0)
        error = -errno;
    return error ? refuse(path, -error) : 0;
}

static int export(const struct zm_dataset *d, const struct zm_exports *exports)
{
    struct zm_export_part *parts = calloc(d->group_count + 1, sizeof *parts);
    if (!parts)
        return out_of_memory();
    for (size_t g = 0; g < d->group_count; g++)
        parts[g] = (struct zm_export_part){d->machines[d->groups[g]->machine].name,
                                           d->groups[g]->workload, zm_group_evidence(d->groups[g])};
    int status = zm_exports_write(NAME, exports, parts, d->group_count);
    free(parts);
    return status;
}

/* ---- what it takes ---- */

struct asked {
    const char *output; /* NULL: text */
    struct zm_exports exports;
};

#define ZM_INTO struct asked

static int report(int argc, char **argv)
{
    struct asked asked = {0};
    int status;
    if (!zm_options_parse(&zm_subcommand_report, argc, argv, &asked, &status))
        return status;
    if (optind == argc)
        return zm_usage_error(NAME, "no file given");
    status = asked.output ? keep_input(asked.output, argv + optind) : 0;
    for (size_t i = 0; i < asked.exports.count && status == 0; i++)
        status = keep_input(asked.exports.all[i].path, argv + optind);
    if (status != 0)
        return status;

    struct zm_dataset dataset = {0};
    for (int i = optind; i < argc && status == 0; i++)
        status = zm_dataset_read(NAME, argv[i], &dataset);
    if (status == 0 && dataset.group_count == 0) {
        zm_error(NAME, "no run in '%s'%s", argv[optind],
                 argc - optind > 1 ? " and the others" : "");
        status = ZM_EXIT_TOOL;
    }
    if (status == 0) {
        status = zm_dataset_finish(&dataset) == 0 ? 0 : out_of_memory();
    }
    if (status == 0) {
        FILE *text = zm_exports_take_stdout(&asked.exports) ? stderr : stdout;
        status = asked.output ? write_page(&dataset, asked.output) : print_text(&dataset, text);
    }
    if (status == 0 && asked.exports.count > 0)
        status = export(&dataset, &asked.exports);
    if (status == 0 && dataset.left_out > 0)
        status = ZM_EXIT_FAILED_CELL;
    zm_dataset_clear(&dataset);
    return zm_finish_stdout(NAME, status);
}

static const struct zm_option options[] = {
    {.name = "output",
     .letter = 'o',
     .value = "PAGE",
     ZM_TEXT(output),
     .offer = zm_offer_files,
     .help = "Writes an HTML page instead of text. With '-' to stdout."},
    ZM_OPTION_EXPORT,
    {0},
};

static const char *const synopses[] = {"[-o PAGE] FILE...", NULL};

static const char *const paragraphs[] = {
    "Reports the runs that 'zmalloc compare --json=FILE' has recorded, on one machine or many: as "
    "text, or as one HTML page that needs nothing else.",
    "Runs of one workload on one machine are taken together if no version, setting or state of the "
    "machine differs. Else each has its own tables, and one more says what differs, and what "
    "became "
    "of each backend. Damaged lines are named and left out.",
    NULL,
};

static const struct zm_note exit_statuses[] = {
    {"0", "Success."},
    {"1", "Some line was left out."},
    {"2", "Wrong usage."},
    {"125", "A file can't be read or written, or no file has a run."},
    {0},
};

static const struct zm_note environment[] = {
    ZM_VARIABLE_NO_COLOR,
    {0},
};

static const struct zm_note examples[] = {
    {"zmalloc report runs.jsonl", "Prints once more what 'zmalloc compare' has printed."},
    {"zmalloc report -o report.html -",
     "Makes a page of what comes through a pipe from 'zmalloc compare --json=-'."},
    {"zmalloc report runs.jsonl other.jsonl -o report.html",
     "Makes a page about the runs of two machines."},
    {0},
};

const struct zm_subcommand zm_subcommand_report = {
    .name = NAME,
    .summary = "report recorded comparisons as text or as a page",
    .synopses = synopses,
    .paragraphs = paragraphs,
    .options = options,
    .exit_statuses = exit_statuses,
    .environment = environment,
    .examples = examples,
    .operands = ZM_FILES,
    .main = report,
};
