/* Writing the script. All options stand in it once, and what has been measured is not measured
 * again, so that running it once more makes up for what has failed.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "matrix_script.h"

#include "bench.h"
#include "commands.h"
#include "tools/common/cli.h"
#include "tools/common/shell.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAME ZM_MATRIX_NAME

/* Whether the word is an option that is about the script, not about the cells. `next`: its value is
 * the next word. */
static bool is_about_script(const char *word, bool *next)
{
    size_t length = strcspn(word, "=");
    *next = false;
    if (strncmp(word, "--", 2) != 0 || length <= 2)
        return false;
    const struct zm_option *option = zm_options_find(&zm_subcommand_bench, word + 2, length - 2);
    if (!option)
        return false;
    *next = strcmp(option->name, "parallel") == 0 && !word[length];
    return *next || strcmp(option->name, "parallel") == 0 || strcmp(option->name, "slurm") == 0;
}

/* The other words as one types them to a shell. The caller frees it. NULL: out of memory. */
static char *options_of(int argc, char *const *argv)
{
    char **words = calloc((size_t)argc + 1, sizeof *words), *line = NULL;
    size_t count = 0;
    for (int i = 1; words && i < argc; i++) {
        bool next;
        if (is_about_script(argv[i], &next))
            i += next;
        else
            words[count++] = argv[i];
    }
    if (words)
        line = zm_shell_line(words);
    free(words);
    return line;
}

static const char missing[] = "mkdir -p cells\n"
                              "missing=\n"
                              "for n in $(seq $cells); do\n"
                              "    [ -e cells/$n.jsonl ] || missing=\"${missing:+$missing,}$n\"\n"
                              "done\n";

static const char report[] =
    "zmalloc report cells/*.jsonl >cells/report.txt\n"
    "zmalloc report -o cells/report.html cells/*.jsonl\n"
    "echo 'All cells are there: see cells/report.txt and cells/report.html.'\n";

static void put_slurm(size_t cells, double cell_s, const char *options)
{
    unsigned minutes = (unsigned)ceil((2 * cell_s + 120) / 60);
    printf(
        "#!/bin/sh\n"
        "# Submits itself as an array of %zu cells, one to a node. Run it with sh where jobs are\n"
        "# submitted; and once more when they have ended: then it submits what is missing, or\n"
        "# reports all. A cell that is there is left alone; remove its file to measure it again.\n"
        "#SBATCH --job-name=zmalloc-bench\n"
        "#SBATCH --exclusive\n"
        "#SBATCH --nodes=1\n"
        "#SBATCH --time=%u\n"
        "#SBATCH --output=cells/%%a.txt\n"
        "set -eu\n"
        "cells=%zu\n"
        "bench() { zmalloc bench %s \"$@\"; }\n\n",
        cells, minutes, cells, options);
    printf("if [ -n \"${SLURM_ARRAY_TASK_ID:-}\" ]; then\n"
           "    bench --cell=\"$SLURM_ARRAY_TASK_ID\" --json=\"cells/$SLURM_ARRAY_TASK_ID.jsonl\"\n"
           "    exit\n"
           "fi\n"
           "%s"
           "if [ -n \"$missing\" ]; then\n"
           "    exec sbatch --array=\"$missing\" \"$0\"\n"
           "fi\n"
           "%s",
           missing, report);
}

/* A host's results come back as its output, so that nothing is copied, and nothing is to be cleaned
 * up: not on this machine either, if the list of hosts has it. */
static void put_parallel(const char *hosts, size_t cells, const char *options)
{
    char *quoted = zm_shell_line((char *const[]){(char *)(uintptr_t)hosts, NULL});
    printf("#!/bin/sh\n"
           "# Runs %zu cells on the hosts of a list (a line each: 1/name, or 1/: for this one), by "
           "GNU\n"
           "# parallel over ssh, and reports them. Running it once more runs what is missing or "
           "failed.\n"
           "set -eu\n"
           "cells=%zu\n"
           "hosts=%s\n\n",
           cells, cells, quoted ? quoted : "hosts.txt");
    printf(
        "%s"
        "if [ -n \"$missing\" ]; then\n"
        "    rm -f cells/log\n"
        "    echo \"$missing\" | tr , '\\n' | parallel --sshloginfile \"$hosts\" --joblog "
        "cells/log \\\n"
        "        --results 'cells/{}.run' \"zmalloc bench %s --cell={} --json=-\" >/dev/null || :\n"
        "fi\n"
        "# Fields 7 and 8 of the log are exit status and signal. A status of 1 tells of a run "
        "that\n"
        "# failed, as the report does; with any other the cell is not whole.\n"
        "[ ! -e cells/log ] || awk 'NR > 1 && $7 <= 1 && $8 == 0 && match($0, /--cell=[0-9]+/) {\n"
        "    print substr($0, RSTART + 7, RLENGTH - 7)\n"
        "}' cells/log | while read -r n; do\n"
        "    [ ! -e cells/$n.run ] || mv cells/$n.run cells/$n.jsonl\n"
        "done\n",
        missing, options);
    printf(
        "for n in $(seq $cells); do\n"
        "    [ -e cells/$n.jsonl ] || {\n"
        "        echo \"Cell $n is missing: see cells/$n.run.err, and run this once more.\" >&2\n"
        "        exit 1\n"
        "    }\n"
        "done\n"
        "%s",
        report);
    free(quoted);
}

int zm_matrix_script(const struct zm_matrix_options *asked, size_t cells, double cell_s, int argc,
                     char *const *argv)
{
    if (asked->slurm && asked->parallel)
        return zm_usage_error(NAME, "either --slurm or --parallel");
    if (asked->json_path || asked->only)
        return zm_usage_error(NAME, "the script of --%s chooses %s itself",
                              asked->slurm ? "slurm" : "parallel", asked->only ? "cells" : "files");
    char *options = options_of(argc, argv);
    if (!options) {
        zm_error(NAME, "out of memory");
        return ZM_EXIT_TOOL;
    }
    if (asked->parallel && strpbrk(options, "\"'\\$`{}")) {
        free(options);
        return zm_usage_error(NAME, "--parallel takes no options that need quotes");
    }
    if (asked->slurm)
        put_slurm(cells, cell_s, options);
    else
        put_parallel(asked->parallel, cells, options);
    free(options);
    return zm_finish_stdout(NAME, ZM_EXIT_OK);
}
