/* zmalloc bench overhead: a process can start one allocator of each kind only, so every backend has
 * a program of its own (bench/overhead); here they are run in turn.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "commands.h"
#include "shared_options.h"
#include "tools/common/cli.h"
#include "tools/common/own_file.h"
#include "tools/options/parse.h"
#include "tools/samples/backends.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define NAME    "bench overhead"
#define ZM_INTO struct overhead

extern char **environ;

struct overhead {
    struct zm_backend_list backends;
    char **argv; /* of the programs, which know all options but -b: "--name=value" */
    size_t count;
    bool seeded;
};

static int pass_on(struct overhead *o, const char *name, const char *value)
{
    size_t size = strlen(name) + (value ? strlen(value) : 0) + 4;
    char *text = malloc(size);
    if (!text) {
        zm_error(NAME, "out of memory");
        return ZM_EXIT_TOOL;
    }
    snprintf(text, size, "--%s%s%s", name, value ? "=" : "", value ? value : "");
    o->argv[o->count++] = text;
    return 0;
}

/* ---- what it takes ---- */

static int set_passed_on(const char *subcommand, const struct zm_option *option, const char *text,
                         void *into)
{
    (void)subcommand;
    return pass_on(into, option->name, text);
}

static int set_seed(const char *subcommand, const struct zm_option *option, const char *text,
                    void *into)
{
    struct overhead *o = into;
    o->seeded = true;
    return set_passed_on(subcommand, option, text, into);
}

/* Nothing is measured before all are found. */
static int find(const struct zm_backend_list *backends, char (*programs)[PATH_MAX])
{
    static const struct zm_own_file program = {
        .what = "a benchmark program",
        .hint = "they are built with -Dbench=enabled",
        .places = {"../bench/overhead", ZM_LIBEXECDIR_FROM_BINDIR, ZM_LIBEXECDIR},
    };
    int status = 0;
    for (size_t i = 0; i < backends->count && status == 0; i++) {
        char name[64];
        snprintf(name, sizeof name, "overhead-%s", backends->names[i]);
        status = zm_own_file(NAME, &program, name, programs[i]);
    }
    return status;
}

static int run(const struct overhead *o, char *program)
{
    pid_t pid;
    int status;
    o->argv[0] = program;
    int error = posix_spawn(&pid, program, NULL, NULL, o->argv, environ);
    if (error) {
        zm_error(NAME, "can't run '%s': %s", program, strerror(error));
        return ZM_EXIT_TOOL;
    }
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    if (WIFSIGNALED(status))
        return ZM_EXIT_SIGNAL + WTERMSIG(status);
    status = WEXITSTATUS(status);
    return status == 0 || status == ZM_EXIT_USAGE ? status : ZM_EXIT_TOOL;
}

static int measure(struct overhead *o)
{
    char programs[ZM_BACKENDS_MAX][PATH_MAX], seed[32];
    int status = 0;
    if (!o->seeded) { /* the same for all programs */
        snprintf(seed, sizeof seed, "%" PRIu32, (uint32_t)time(NULL));
        status = pass_on(o, "seed", seed);
    }
    if (status == 0)
        status = find(&o->backends, programs);
    for (size_t i = 0; i < o->backends.count && status == 0; i++)
        status = run(o, programs[i]);
    return status;
}

static int overhead(int argc, char **argv)
{
    struct overhead o = {.count = 1};
    o.argv = calloc((size_t)argc + 3, sizeof *o.argv); /* the program, the seed, NULL */
    if (!o.argv) {
        zm_error(NAME, "out of memory");
        return ZM_EXIT_TOOL;
    }
    int status = zm_backends_all(NAME, &o.backends);
    if (status == 0 && zm_options_parse(&zm_subcommand_overhead, argc, argv, &o, &status))
        status = measure(&o);
    for (size_t i = 1; i < o.count; i++)
        free(o.argv[i]);
    free(o.argv);
    zm_backends_clear(&o.backends);
    return status;
}

/* What the programs know (bench/overhead/main.c); a test compares them. */
#define OPERATIONS "malloc calloc realloc aligned sized 2-threads 4-threads cross"
#define SIZES      "16 16-128 16-1024 100-8000 64K-1M"

static const struct zm_option options[] = {
    ZM_OPTION_BACKENDS,
    {.name = "operations",
     .letter = 'o',
     .value = "LIST",
     .set = set_passed_on,
     .offer = zm_offer_word_list,
     .words = OPERATIONS,
     .help = "Only some operations, separated by commas, of these: " OPERATIONS "."},
    {.name = "sizes",
     .letter = 's',
     .value = "LIST",
     .set = set_passed_on,
     .offer = zm_offer_word_list,
     .words = SIZES,
     .help = "Only some ranges of bytes, separated by commas, of these: " SIZES ". Where only "
             "operations or only ranges are given, all of the other are measured.",
     .more = "All sizes of a range are equally likely."},
    {.name = "all", /* without a letter, as it could be given several times in one argument */
     .set = set_passed_on,
     .help = "Measures all operations and all ranges, in place of malloc up to 8,000 bytes. That "
             "takes ten times as long."},
    {.name = "processes",
     .letter = 'p',
     .value = "N",
     .set = set_passed_on,
     .help = "How many processes measure each row. The default is 25.",
     .more = "Where the memory of a process lies sets it apart by more than its rounds differ."},
    {.name = "rounds",
     .letter = 'n',
     .value = "N",
     .set = set_passed_on,
     .help = "How many times each is measured in a process. The default is 3."},
    {.name = "milliseconds",
     .letter = 'm',
     .value = "N",
     .set = set_passed_on,
     .help = "How long one measurement takes. The default is 5."},
    {.name = "seed",
     .value = "N",
     .set = set_seed,
     .help = "Repeats the sizes and orders of an earlier run, which has printed its seed."},
    {.name = "quick",
     .set = set_passed_on,
     .help = "Measures in one process, 2 ms each: a first impression in seconds."},
    {.name = "json",
     .value = "FILE",
     .set = set_passed_on,
     .offer = zm_offer_files,
     .help = "Appends each line of the tables to FILE as JSON, with all samples in nanoseconds. "
             "With '-' that goes to stdout, and the tables go to stderr."},
    {0},
};

static const char *const synopses[] = {"[OPTIONS]", NULL};

static const char *const paragraphs[] = {
    "Measures what accounting costs over calling the allocator directly. For each backend, "
    "operation and range of sizes it shows the CPU time of the allocator's own functions, and as "
    "ratios to it zmalloc with the backend chosen at run time and at build time, and models of how "
    "Redis 7 and 8 count.",
    "All of them are measured in one process, in turn, and that in many processes, of whose "
    "medians "
    "the median is told, with the least and the most. It takes about 15 seconds for each backend.",
    NULL,
};

static const struct zm_note exit_statuses[] = {
    {"0", "All was measured."},
    {"2", "Wrong usage."},
    {"125", "The programs are not installed (they are with -Dbench=enabled), or FILE can't be "
            "written."},
    {"127", "A backend is not there."},
    {"128 + n", "Stopped by signal n."},
    {0},
};

static const struct zm_note examples[] = {
    {"zmalloc bench overhead --all --json=all.jsonl",
     "Measures everything, and keeps the samples."},
    {"zmalloc bench overhead -b jemalloc --quick", "Gives a first impression of one backend."},
    {0},
};

const struct zm_subcommand zm_subcommand_overhead = {
    .name = NAME,
    .summary = "measure what accounting costs over calling the allocator directly",
    .synopses = synopses,
    .paragraphs = paragraphs,
    .options = options,
    .exit_statuses = exit_statuses,
    .examples = examples,
    .main = overhead,
};
