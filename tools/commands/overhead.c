/* zmalloc bench overhead: a process can start one allocator of each kind only, so every backend has
 * a program of its own (bench/overhead); here they are run in turn.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <limits.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "bench.h"
#include "tools/common/cli.h"
#include "tools/common/own_file.h"
#include "tools/samples/backends.h"

#define NAME "bench overhead"

extern char **environ;

static void print_help(void)
{
    puts("Usage: zmalloc bench overhead [OPTIONS]\n"
         "Measures what accounting costs over calling the allocator directly: for each backend, "
         "operation\n"
         "and range of sizes the CPU time of the allocator's own functions, and as ratios to it "
         "zmalloc\n"
         "with the backend chosen at run time and at build time, and models of how Redis 7 and 8 "
         "count.\n"
         "All of them in one process, in turn; about a minute for each backend.\n"
         "\n"
         "  -b, --backends=LIST    comma-separated; the default is all: see 'zmalloc info'\n"
         "  -o, --operations=LIST  some of malloc calloc realloc aligned sized 2-threads 4-threads "
         "cross\n"
         "  -s, --sizes=LIST       some of 16 16-128 16-1024 100-8000 64K-1M (bytes)\n"
         "  -n, --rounds=N         measurements of each (default 15)\n"
         "  -m, --milliseconds=N   length of one (default 6)\n"
         "      --seed=N           repeats sizes and orders; the seed is printed above the table\n"
         "      --quick            malloc up to 8000 bytes only, 2 ms each\n"
         "      --json=FILE        appends each line of the tables to FILE as JSON, with the "
         "samples; '-'\n"
         "                         is stdout (the tables then go to stderr)\n"
         "  -h, --help             show this help\n"
         "\n"
         "Exit status: 0 all were measured; 127 a backend not found, 125 the programs are not "
         "installed\n"
         "(they are with -Dbench=enabled) or FILE is not writable, 2 wrong usage.");
}

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

static int parse(int argc, char **argv, struct overhead *o)
{
    enum { SEED = 256, QUICK, JSON };
    static const struct option options[] = {{"backends", required_argument, NULL, 'b'},
                                            {"operations", required_argument, NULL, 'o'},
                                            {"sizes", required_argument, NULL, 's'},
                                            {"rounds", required_argument, NULL, 'n'},
                                            {"milliseconds", required_argument, NULL, 'm'},
                                            {"seed", required_argument, NULL, SEED},
                                            {"quick", no_argument, NULL, QUICK},
                                            {"json", required_argument, NULL, JSON},
                                            {"help", no_argument, NULL, 'h'},
                                            {NULL, 0, NULL, 0}};
    opterr = 0;
    int status = 0;
    for (int c;
         status == 0 && (c = getopt_long(argc, argv, "+:b:o:s:n:m:h", options, NULL)) != -1;) {
        switch (c) {
        case 'b':
            status = zm_backends_parse(NAME, optarg, &o->backends);
            break;
        case 'h':
            print_help();
            exit(zm_finish_stdout(NAME, ZM_EXIT_OK));
        case '?':
        case ':':
            return zm_refuse_option(NAME, c, argv);
        default: {
            const struct option *option = options;
            while (option->val != c)
                option++;
            o->seeded |= c == SEED;
            status = pass_on(o, option->name, option->has_arg ? optarg : NULL);
        }
        }
    }
    if (status == 0 && optind < argc)
        return zm_usage_error(NAME, "unexpected argument '%s'", argv[optind]);
    return status;
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

int zm_bench_overhead(int argc, char **argv)
{
    char programs[ZM_BACKENDS_MAX][PATH_MAX], seed[32];
    struct overhead o = {.count = 1};
    o.argv = calloc((size_t)argc + 3, sizeof *o.argv); /* the program, the seed, NULL */
    if (!o.argv) {
        zm_error(NAME, "out of memory");
        return ZM_EXIT_TOOL;
    }
    zm_backends_all(&o.backends);
    int status = parse(argc, argv, &o);
    if (status == 0 && !o.seeded) { /* one for all */
        snprintf(seed, sizeof seed, "%" PRIu32, (uint32_t)time(NULL));
        status = pass_on(&o, "seed", seed);
    }
    if (status == 0)
        status = find(&o.backends, programs);
    for (size_t i = 0; i < o.backends.count && status == 0; i++)
        status = run(&o, programs[i]);
    for (size_t i = 1; i < o.count; i++)
        free(o.argv[i]);
    free(o.argv);
    return status;
}
