/* zmalloc report: tables, or a page, from what compare and bench have recorded.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "tools/common/cli.h"
#include "tools/common/table.h"
#include "tools/process/child.h"
#include "tools/reporting/page.h"
#include "tools/reporting/text.h"
#include "tools/results/dataset.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NAME "report"

static void print_help(void)
{
    puts(
        "Usage: zmalloc report [-o PAGE] FILE...\n"
        "Reports the runs that 'zmalloc compare --json=FILE' has recorded, on one machine or many: "
        "as text,\n"
        "or as one HTML page that needs nothing else, with figures where gnuplot is installed.\n"
        "\n"
        "  -o, --output=PAGE  write a page; '-' is stdout\n"
        "  -h, --help         show this help\n"
        "\n"
        "Runs of one workload on one machine are taken together. Damaged lines are named and left "
        "out.\n"
        "\n"
        "Exit status: 0; 1 some line was left out; 125 a file can't be read or written, or has no "
        "run;\n"
        "2 wrong usage.\n"
        "Environment: NO_COLOR, TMPDIR.");
}

static int print_text(const struct zm_dataset *d)
{
    for (size_t g = 0; g < d->group_count; g++) {
        const struct zm_group *group = d->groups[g];
        if (g == 0 || group->machine != d->groups[g - 1]->machine)
            printf("%s==== %s\n", g ? "\n" : "", d->machines[group->machine].name);
        putchar('\n');
        struct zm_report report = {
            .workload = group->workload,
            .evidence = {group->samples.all, group->samples.count, &group->rows, group->seed}};
        if (zm_report_print(&report, stdout, zm_wants_colour(stdout)) != 0) {
            zm_error(NAME, "out of memory");
            return ZM_EXIT_TOOL;
        }
    }
    return 0;
}

static int refuse(const char *path, int error)
{
    zm_error(NAME, "can't write '%s': %s", path, strerror(error));
    return ZM_EXIT_TOOL;
}

static int write_page(const struct zm_dataset *d, const char *path)
{
    bool is_stdout = strcmp(path, "-") == 0;
    FILE *out = is_stdout ? stdout : fopen(path, "we");
    if (!out)
        return refuse(path, errno);
    const char *missing = NULL;
    zm_child_catch_signals();
    int error = zm_page_write(d, out, &missing);
    if (missing)
        zm_error(NAME, "note: the page has no figures: %s", missing);
    if (!is_stdout && (ferror(out) | fclose(out)) && error == 0)
        error = -errno;
    return error ? refuse(path, -error) : 0;
}

int zm_cmd_report(int argc, char **argv)
{
    static const struct option options[] = {{"output", required_argument, NULL, 'o'},
                                            {"help", no_argument, NULL, 'h'},
                                            {NULL, 0, NULL, 0}};
    const char *output = NULL;
    opterr = 0;
    for (int o; (o = getopt_long(argc, argv, ":o:h", options, NULL)) != -1;) {
        switch (o) {
        case 'o':
            output = optarg;
            break;
        case 'h':
            print_help();
            return zm_finish_stdout(NAME, ZM_EXIT_OK);
        default:
            return zm_refuse_option(NAME, o, argv);
        }
    }
    if (optind == argc)
        return zm_usage_error(NAME, "no file given");

    struct zm_dataset dataset = {0};
    int status = 0;
    for (int i = optind; i < argc && status == 0; i++)
        status = zm_dataset_read(NAME, argv[i], &dataset);
    if (status == 0 && dataset.group_count == 0) {
        zm_error(NAME, "no run in '%s'%s", argv[optind],
                 argc - optind > 1 ? " and the others" : "");
        status = ZM_EXIT_TOOL;
    }
    if (status == 0) {
        zm_dataset_finish(&dataset);
        status = output ? write_page(&dataset, output) : print_text(&dataset);
    }
    if (status == 0 && dataset.left_out > 0)
        status = ZM_EXIT_FAILED_CELL;
    zm_dataset_clear(&dataset);
    return zm_finish_stdout(NAME, status);
}
