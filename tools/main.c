/* The zmalloc command: picks the subcommand.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "tools/common/cli.h"

#include <stdio.h>
#include <string.h>
#include <zmalloc.h>

/* It asks about backends, and starts them in other processes. */
ZMALLOC_START_LATE

static const struct subcommand {
    const char *name;
    int (*main)(int argc, char **argv);
    const char *summary;
} subcommands[] = {
    {"info", zm_cmd_info, "show the backends that are built in, and this machine"},
    {"run", zm_cmd_run, "run a command under a backend"},
    {"compare", zm_cmd_compare, "run a command under several backends and compare"},
    {"report", zm_cmd_report, "report recorded comparisons as text or as a page"},
    {"bench", zm_cmd_bench, "measure the allocators, and what accounting costs over them"},
};

static void print_help(void)
{
    puts(
        "Usage: zmalloc SUBCOMMAND [OPTIONS]\n"
        "Runs unmodified programs under the memory allocator of your choice, and compares them.\n");
    for (size_t i = 0; i < sizeof subcommands / sizeof *subcommands; i++)
        printf("  %-10s %s\n", subcommands[i].name, subcommands[i].summary);
    puts("\n"
         "  -h, --help     show this help; 'zmalloc SUBCOMMAND --help' shows the subcommand's\n"
         "  -V, --version  show the version");
}

int main(int argc, char **argv)
{
    if (argc < 2)
        return zm_usage_error(NULL, "no subcommand given");
    const char *word = argv[1];
    if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0) {
        print_help();
        return zm_finish_stdout(NULL, ZM_EXIT_OK);
    }
    if (strcmp(word, "--version") == 0 || strcmp(word, "-V") == 0) {
        printf("zmalloc %s\n", zmalloc_version());
        return zm_finish_stdout(NULL, ZM_EXIT_OK);
    }
    for (size_t i = 0; i < sizeof subcommands / sizeof *subcommands; i++) {
        if (strcmp(word, subcommands[i].name) == 0)
            return subcommands[i].main(argc - 1, argv + 1);
    }
    return zm_usage_error(NULL, "unknown %s '%s'", word[0] == '-' ? "option" : "subcommand", word);
}
