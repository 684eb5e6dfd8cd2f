/* What accounting costs over one allocator. All ways to call it are measured by turns in one
 * process.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "rounds.h"
#include "tools/statistics/statistics.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <zmalloc.h>

/* The backend is the one of this program, whatever the environment says. */
ZMALLOC_START_LATE

/* The last range has fewer slots, because its blocks have half a megabyte on average, and some
 * machines have no room for 4,096 of them. */
static const struct zm_range ranges[] = {
    {"16", 16, 16, 4096},          {"16-128", 16, 128, 4096},       {"16-1024", 16, 1024, 4096},
    {"100-8000", 100, 8000, 4096}, {"64K-1M", 65536, 1048576, 256},
};
#define RANGES (sizeof ranges / sizeof *ranges)

/* Ranges for counting instructions have a single size, so that every operation costs the same. */
static const struct zm_range counted_ranges[] = {
    {"16", 16, 16, 4096},
    {"100", 100, 100, 4096},
    {"1000", 1000, 1000, 4096},
};
#define COUNTED_RANGES (sizeof counted_ranges / sizeof *counted_ranges)

static const struct operation {
    const char *name;
    enum zm_operation operation;
    unsigned threads;
    bool cross;
} operations[] = {
    {"malloc", ZM_MALLOC, 1, false},    {"calloc", ZM_CALLOC, 1, false},
    {"realloc", ZM_REALLOC, 1, false},  {"aligned", ZM_ALIGNED, 1, false},
    {"sized", ZM_SIZED, 1, false},      {"2-threads", ZM_MALLOC, 2, false},
    {"4-threads", ZM_MALLOC, 4, false}, {"cross", ZM_MALLOC, 2, true},
};
#define OPERATIONS (sizeof operations / sizeof *operations)

static const char *const counted_names[ZM_OPERATIONS] = {
    [ZM_MALLOC] = "malloc",   [ZM_CALLOC] = "calloc", [ZM_REALLOC] = "realloc",
    [ZM_ALIGNED] = "aligned", [ZM_SIZED] = "sized",   [ZM_LAST] = "last",
};

static void print_help(void)
{
    puts(
        "Usage: overhead-" ZM_OWN_NAME " [OPTIONS]\n"
        "Measures what zmalloc's accounting costs over " ZM_OWN_NAME " alone.\n"
        "\n"
        "  -o, --operations=LIST  some of malloc calloc realloc aligned sized 2-threads 4-threads\n"
        "                         cross, with commas (default: malloc, or all\n"
        "                         if sizes are given)\n"
        "  -s, --sizes=LIST       some of 16 16-128 16-1024 100-8000 64K-1M (default: those\n"
        "                         up to 8000, or all if operations are given)\n"
        "      --all              all operations and all sizes, but for what is listed\n"
        "  -p, --processes=N      processes for each (default 25)\n"
        "  -n, --rounds=N         measurements in each (default 3)\n"
        "  -m, --milliseconds=N   length of one (default 5)\n"
        "      --seed=N           repeats sizes and orders\n"
        "      --quick            one process of 2 ms each, for a first impression\n"
        "      --json=FILE        appends each line of the table to FILE as JSON, with the "
        "samples\n"
        "      --count=N          runs N operations of each kind for callgrind: see\n"
        "                         bench/studies/instructions.py\n"
        "      --switched=NAME    in b the process begins with NAME, and is switched "
        "to " ZM_OWN_NAME "\n"
        "      --samples          measures one of them here, for the process that runs this one\n"
        "  -h, --help             show this help");
}

/* Whether `name` is in the list, between commas. Everything is, if the list is NULL. */
static bool listed(const char *list, const char *name)
{
    size_t length = strlen(name);
    for (const char *at = list; at; at = strchr(at, ',')) {
        at += *at == ',';
        if (strncmp(at, name, length) == 0 && (at[length] == ',' || !at[length]))
            return true;
    }
    return !list;
}

/* The first word of the list that is none of the names, or NULL. */
static const char *unknown(const char *list, const char *const *names, size_t count)
{
    static char word[64];
    while (list) {
        size_t known = 0;
        snprintf(word, sizeof word, "%.*s", (int)strcspn(list, ","), list);
        while (known < count && strcmp(names[known], word) != 0)
            known++;
        if (known == count)
            return word;
        list = strchr(list, ',');
        list += list != NULL;
    }
    return NULL;
}

static int fail(const char *message, const char *detail)
{
    fprintf(stderr, "overhead-" ZM_OWN_NAME ": %s%s\n", message, detail);
    return 1;
}

/* Starts the variant, and checks that it is the right one: no figures are better than those of the
 * wrong allocator. */
static int start(const struct zm_variant *variant, const char *switched)
{
    bool from_another = switched && variant == zm_variants[ZM_CHOSEN];
    setenv("ZMALLOC_BACKEND", from_another ? switched : ZM_OWN_NAME, 1);
    if (from_another)
        setenv("ZMALLOC_SWITCH", "on", 1);
    else
        unsetenv("ZMALLOC_SWITCH");
    if (from_another && zmalloc_switch_backend(ZM_OWN_NAME) != 0)
        return fail("can't be switched from ", switched);
    if (variant->init && variant->init() != 0)
        return fail("the allocator does not start in variant ", variant->name);
    if (!variant->used)
        return 0;
    if (strcmp(variant->backend(), ZM_OWN_NAME) != 0)
        return fail("the library runs another backend: ", variant->backend());
    static struct zm_window window;
    static const uint32_t draws[ZM_DRAWS];
    window.draws = draws;
    size_t before = variant->used();
    variant->fill(&window, 1000);
    size_t during = variant->used();
    variant->empty(&window, 1000);
    if (during < before + 1000 || variant->used() != before)
        return fail("the account does not move in variant ", variant->name);
    return 0;
}

static bool parse_number(const char *text, uint64_t min, uint64_t max, uint64_t *out)
{
    char *end;
    errno = 0;
    unsigned long long value = strtoull(text, &end, 10);
    if (errno || end == text || *end || *text == '-' || value < min || value > max)
        return false;
    *out = value;
    return true;
}

struct options {
    const char *operations, *sizes, *json, *switched;
    uint64_t processes, rounds, milliseconds, seed, count;
    bool all, samples;
};

static void be_quick(struct options *options)
{
    options->processes = 1;
    options->milliseconds = 2;
}

/* What is measured if nothing is said. */
static void fill_in(struct options *options)
{
    if (options->all || options->count || options->operations || options->sizes)
        return;
    options->operations = "malloc";
    options->sizes = "16,16-128,16-1024,100-8000";
}

static bool all_known(const struct options *options)
{
    const char *operation_names[ZM_OPERATIONS + OPERATIONS], *size_names[RANGES + COUNTED_RANGES];
    size_t operation_count = 0, size_count = 0;
    for (size_t i = 0; i < (options->count ? ZM_OPERATIONS : OPERATIONS); i++)
        operation_names[operation_count++] = options->count ? counted_names[i] : operations[i].name;
    for (size_t i = 0; i < (options->count ? COUNTED_RANGES : RANGES); i++)
        size_names[size_count++] = options->count ? counted_ranges[i].name : ranges[i].name;
    const char *word = unknown(options->operations, operation_names, operation_count);
    if (word) {
        fail("unknown operation; see --help: ", word);
        return false;
    }
    word = unknown(options->sizes, size_names, size_count);
    if (word)
        fail("unknown range of sizes; see --help: ", word);
    return !word;
}

static int count_all(const struct options *options)
{
    for (size_t o = 0; o < ZM_OPERATIONS; o++)
        for (size_t r = 0; r < COUNTED_RANGES; r++) {
            if (!listed(options->operations, counted_names[o]) ||
                !listed(options->sizes, counted_ranges[r].name))
                continue;
            struct zm_work work = {&counted_ranges[r], (enum zm_operation)o, 1, false};
            zm_slice_prepare(work.range, options->seed);
            for (size_t v = 0; v < ZM_VARIANTS; v++) {
                zm_slice_counted(&work, zm_variants[v], options->count);
                printf("%s\t%s\t%s\n", counted_names[o], work.range->name, zm_variants[v]->name);
            }
        }
    return 0;
}

static struct zm_work work_of(size_t o, size_t r)
{
    return (struct zm_work){&ranges[r], operations[o].operation, operations[o].threads,
                            operations[o].cross};
}

static bool wants(const struct options *options, size_t o, size_t r)
{
    return listed(options->operations, operations[o].name) &&
           listed(options->sizes, ranges[r].name);
}

static int measure_here(const struct options *options)
{
    struct zm_rounds how = {.processes = 1,
                            .count = options->rounds,
                            .milliseconds = (double)options->milliseconds,
                            .seed = options->seed};
    for (size_t o = 0; o < OPERATIONS; o++)
        for (size_t r = 0; r < RANGES; r++) {
            struct zm_work work = work_of(o, r);
            if (wants(options, o, r))
                return zm_rounds_measure(&how, &work, stdout) == 0
                           ? 0
                           : fail("can't write the samples", "");
        }
    return fail("nothing to measure", "");
}

static int measure_all(const struct options *options, const char *program)
{
    FILE *json = NULL;
    bool to_stdout = options->json && strcmp(options->json, "-") == 0;
    if (to_stdout)
        json = stdout;
    else if (options->json && !(json = fopen(options->json, "a")))
        return fail("can't write to ", options->json);
    struct zm_rounds how = {.processes = options->processes,
                            .count = options->rounds,
                            .program = program,
                            .switched = options->switched,
                            .milliseconds = (double)options->milliseconds,
                            .seed = options->seed,
                            .table = to_stdout ? stderr : stdout,
                            .json = json,
                            .version = zmalloc_lib()};
    zm_rounds_head(&how);
    int status = 0;
    for (size_t o = 0; o < OPERATIONS; o++)
        for (size_t r = 0; r < RANGES && status == 0; r++) {
            struct zm_work work = work_of(o, r);
            if (wants(options, o, r))
                status = zm_rounds_run(&how, operations[o].name, &work);
        }
    if (status != 0)
        return fail("a process that should measure failed", "");
    if (json && (ferror(json) | fclose(json)) != 0)
        return fail("can't write to ", options->json);
    if (!to_stdout && (fflush(stdout) != 0 || ferror(stdout)))
        return fail("can't write the table", "");
    return 0;
}

static const struct option long_options[] = {
    {"operations", required_argument, NULL, 'o'},
    {"sizes", required_argument, NULL, 's'},
    {"rounds", required_argument, NULL, 'n'},
    {"milliseconds", required_argument, NULL, 'm'},
    {"seed", required_argument, NULL, 'S'},
    {"all", no_argument, NULL, 'a'},
    {"processes", required_argument, NULL, 'p'},
    {"samples", no_argument, NULL, 'r'},
    {"switched", required_argument, NULL, 'w'},
    {"quick", no_argument, NULL, 'q'},
    {"json", required_argument, NULL, 'j'},
    {"count", required_argument, NULL, 'c'},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

/* Returns 0, or the exit status. Sets `help` if only the help is wanted. */
static int parse(int argc, char **argv, struct options *out, bool *help)
{
    bool good = true;
    int c;
    while (good && (c = getopt_long(argc, argv, "o:s:p:n:m:h", long_options, NULL)) != -1) {
        switch (c) {
        case 'o':
            out->operations = optarg;
            break;
        case 's':
            out->sizes = optarg;
            break;
        case 'n':
            good = parse_number(optarg, 1, ZM_ROUNDS_MAX, &out->rounds);
            break;
        case 'm':
            good = parse_number(optarg, 1, 10000, &out->milliseconds);
            break;
        case 'S':
            good = parse_number(optarg, 0, UINT32_MAX, &out->seed);
            break;
        case 'q':
            be_quick(out);
            break;
        case 'a':
            out->all = true;
            break;
        case 'p':
            good = parse_number(optarg, 1, ZM_ROUNDS_MAX, &out->processes);
            break;
        case 'r':
            out->samples = true;
            break;
        case 'w':
            good = *optarg != '\0';
            out->switched = optarg;
            break;
        case 'j':
            out->json = optarg;
            break;
        case 'c':
            good = parse_number(optarg, 1, 1000000000, &out->count);
            break;
        case 'h':
            *help = true;
            return 0;
        default:
            return 2; /* getopt has said why */
        }
    }
    if (good && optind == argc && out->processes * out->rounds > ZM_ROUNDS_MAX) {
        fail("processes times rounds may be 1000 at most", "");
        return 2;
    }
    if (good && optind == argc)
        return 0;
    fail("bad value: ", good ? argv[optind] : optarg);
    return 2;
}

static const char *own_program(const char *called)
{
    return access("/proc/self/exe", X_OK) == 0 ? "/proc/self/exe" : called;
}

int main(int argc, char **argv)
{
    struct options options = {
        .processes = 25, .rounds = 3, .milliseconds = 5, .seed = (uint64_t)time(NULL)};
    bool help = false;
    int status = parse(argc, argv, &options, &help);
    if (status != 0)
        return status;
    if (help) {
        print_help();
        return 0;
    }
    if (!all_known(&options))
        return 2;
    fill_in(&options);

    zm_variants_list();
    setvbuf(stdout, NULL, _IOLBF, 0);
    for (size_t v = 0; v < ZM_VARIANTS; v++)
        if (start(zm_variants[v], options.switched) != 0)
            return 1;
    if (options.samples)
        return measure_here(&options);
    return options.count ? count_all(&options) : measure_all(&options, own_program(argv[0]));
}
