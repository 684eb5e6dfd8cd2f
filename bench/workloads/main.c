/* Runs one workload once. `zmalloc bench` starts this program for each sample.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "bench/workloads/patterns/patterns.h"
#include "oracle.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NAME       "workload-" ZM_API
#define LINE_BYTES 1024

static void print_help(void)
{
    puts("Usage: " NAME " WORKLOAD [PARAMETER=VALUE...] [--quick] [--drain=S] [--json[=FILE]]\n"
         "Runs a workload once and tells what it did, and whether every block held what was "
         "written.\n"
         "\n"
         "  sized=1       frees with the size, where the allocator can use it\n"
         "  seed=N        repeats what is drawn (standard 1)\n"
         "\n"
         "  -q, --quick   smaller standard values\n"
         "      --drain=S sits idle for S seconds when all is freed, and tells what is still\n"
         "                resident after 0.1, 1 and 5 s\n"
         "      --idle=FILE makes FILE when it begins to idle\n"
         "      --json    prints a JSON object, to FILE if that is given\n"
         "  -l, --list    shows the workloads and their parameters\n"
         "      --cells   names all that a benchmark runs, WORKLOAD[:PARAMETER=VALUE]\n"
         "      --check   only says whether the arguments are good\n"
         "  -h, --help    show this help\n"
         "\n"
         "Exit status: 0; 1 some block did not hold what was written, or memory ran out; 2 wrong "
         "usage.");
}

static int refuse(const char *format, ...) __attribute__((format(printf, 1, 2)));
static int refuse(const char *format, ...)
{
    va_list args;
    fputs(NAME ": ", stderr);
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    putc('\n', stderr);
    return 2;
}

/* Adds a word to a list. */
static void add_word(char line[LINE_BYTES], const char *word)
{
    size_t used = strlen(line);
    snprintf(line + used, LINE_BYTES - used, " %s", word);
}

/* ---- what there is ---- */

static void print_list(void)
{
    for (size_t p = 0; p < zm_patterns_count; p++) {
        const struct zm_pattern *pattern = zm_patterns[p];
        printf("%-18s %s\n", pattern->name, pattern->summary);
        for (const struct zm_parameter *i = pattern->parameters; i->name; i++)
            printf("    %-12s %" PRIu64 " (quick %" PRIu64 ")%s%s\n", i->name,
                   zm_parameter_standard(i, false), zm_parameter_standard(i, true),
                   *i->help ? " " : "", i->help);
    }
}

/* Each workload as it is and in its variants, which is what a benchmark of everything runs. */
static void print_cells(void)
{
    for (size_t p = 0; p < zm_patterns_count; p++) {
        const struct zm_pattern *pattern = zm_patterns[p];
        puts(pattern->name);
        for (size_t v = 0; pattern->variants[v]; v++)
            printf("%s:%s\n", pattern->name, pattern->variants[v]);
    }
}

/* ---- what is wanted ---- */

static int unknown_workload(const char *name)
{
    char line[LINE_BYTES] = "";
    for (size_t i = 0; i < zm_patterns_count; i++)
        add_word(line, zm_patterns[i]->name);
    return refuse("unknown workload '%s'; there are:%s", name, line);
}

static int unknown_parameter(const struct zm_pattern *pattern, const char *text)
{
    char line[LINE_BYTES] = "";
    for (const struct zm_parameter *i = pattern->parameters; i->name; i++)
        add_word(line, i->name);
    add_word(line, "sized");
    add_word(line, "seed");
    return refuse("%s has no parameter '%.*s'; it has:%s", pattern->name, (int)strcspn(text, "="),
                  text, line);
}

static int parse_number(const struct zm_pattern *pattern, const char *text, uint64_t min,
                        uint64_t max, uint64_t *out)
{
    const char *digits = strchr(text, '=') + 1;
    char *end;
    errno = 0;
    unsigned long long value = strtoull(digits, &end, 10);
    if (*digits >= '0' && *digits <= '9' && !*end && !errno && value >= min && value <= max) {
        *out = value;
        return 0;
    }
    return refuse("%s: %.*s must be %" PRIu64 " to %" PRIu64 ", not '%s'", pattern->name,
                  (int)strcspn(text, "="), text, min, max, digits);
}

static bool names(const char *text, const char *name)
{
    size_t length = strlen(name);
    return strncmp(text, name, length) == 0 && text[length] == '=';
}

static int parse_parameter(const struct zm_pattern *pattern, const char *text, uint64_t *values,
                           struct zm_run *run)
{
    uint64_t sized = run->sized;
    int status;
    if (names(text, "seed"))
        return parse_number(pattern, text, 0, UINT32_MAX, &run->seed);
    if (names(text, "sized")) {
        status = parse_number(pattern, text, 0, 1, &sized);
        run->sized = sized;
        return status;
    }
    for (size_t i = 0; pattern->parameters[i].name; i++) {
        const struct zm_parameter *parameter = &pattern->parameters[i];
        if (names(text, parameter->name))
            return parse_number(pattern, text, parameter->min, parameter->max, &values[i]);
    }
    return unknown_parameter(pattern, text);
}

static bool parse_drain(const char *text, double *out)
{
    char *end;
    *out = strtod(text, &end);
    return *text && !*end && *out >= 0 && *out <= 3600;
}

/* ---- running it ---- */

static int tell(const struct zm_pattern *pattern, const struct zm_run *run,
                const struct zm_totals *totals, bool json, const char *path)
{
    FILE *out = path ? fopen(path, "we") : stdout;
    if (!out) {
        fprintf(stderr, NAME ": can't write '%s': %s\n", path, strerror(errno));
        return 1;
    }
    if (json)
        zm_oracle_json(out, pattern, run, totals);
    else
        zm_oracle_text(out, pattern, run, totals);
    bool failed = fflush(out) != 0 || ferror(out);
    if (path)
        failed = fclose(out) != 0 || failed;
    if (failed)
        fprintf(stderr, NAME ": can't write '%s': %s\n", path ? path : "stdout", strerror(errno));
    return failed;
}

struct options {
    bool quick, json, check;
    const char *path; /* of the JSON object; NULL: stdout */
    const char *idle; /* the file that tells when it idles; NULL: none */
    double drain;
};

/* Allocates nothing, which might make the allocator give something back. */
static int tell_idle(const char *path)
{
    int fd = path ? open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600) : -1;
    if (!path || (fd >= 0 && close(fd) == 0))
        return 0;
    fprintf(stderr, NAME ": can't write '%s': %s\n", path, strerror(errno));
    return 1;
}

static int run_it(const struct zm_pattern *pattern, const struct zm_run *run,
                  const struct options *options)
{
    static struct zm_totals totals;
    zm_frame_begin(run);
    pattern->run(run);
    zm_frame_end(&totals);
    int status = tell_idle(options->idle);
    zm_totals_drain(options->drain, &totals);
    status |= tell(pattern, run, &totals, options->json, options->path);
    const char *result = getenv("ZMALLOC_RESULT"); /* where zmalloc bench wants the oracle */
    if (result && *result)
        status |= tell(pattern, run, &totals, true, result);
    int error = zm_account_write(&totals);
    if (error) {
        fprintf(stderr, NAME ": can't write '%s': %s\n", getenv("ZMALLOC_STATS"), strerror(-error));
        status = 1;
    }
    if (ZM_VERIFIES && (totals.broken || totals.written != totals.read)) {
        fprintf(stderr, NAME ": %s: %" PRIu64 " blocks did not hold what was written\n",
                pattern->name, totals.broken);
        status = 1;
    }
    return status;
}

enum { GO_ON = -1 };

/* Returns GO_ON, or the exit status if there is nothing more to do. */
static int parse_options(int argc, char **argv, struct options *out)
{
    enum { JSON = 256, CELLS, CHECK, DRAIN, IDLE };
    static const struct option options[] = {{"quick", no_argument, NULL, 'q'},
                                            {"json", optional_argument, NULL, JSON},
                                            {"list", no_argument, NULL, 'l'},
                                            {"cells", no_argument, NULL, CELLS},
                                            {"check", no_argument, NULL, CHECK},
                                            {"drain", required_argument, NULL, DRAIN},
                                            {"idle", required_argument, NULL, IDLE},
                                            {"help", no_argument, NULL, 'h'},
                                            {NULL, 0, NULL, 0}};
    for (int o; (o = getopt_long(argc, argv, "qlh", options, NULL)) != -1;) {
        switch (o) {
        case 'q':
            out->quick = true;
            break;
        case JSON:
            out->json = true;
            out->path = optarg;
            break;
        case DRAIN:
            if (!parse_drain(optarg, &out->drain))
                return refuse("the drain must be 0 to 3600 seconds, not '%s'", optarg);
            break;
        case IDLE:
            out->idle = optarg;
            break;
        case 'l':
            print_list();
            return 0;
        case CELLS:
            print_cells();
            return 0;
        case CHECK:
            out->check = true;
            break;
        case 'h':
            print_help();
            return 0;
        default:
            return 2; /* getopt has said why */
        }
    }
    return GO_ON;
}

/* Parses the words behind the workload's name. 0, or the exit status. */
static int parse_parameters(const struct zm_pattern *pattern, char **words, bool quick,
                            uint64_t *values, struct zm_run *run)
{
    for (size_t i = 0; pattern->parameters[i].name; i++)
        values[i] = zm_parameter_standard(&pattern->parameters[i], quick);
    for (; *words; words++) {
        if (!strchr(*words, '='))
            return refuse("%s: '%s' is no PARAMETER=VALUE", pattern->name, *words);
        int status = parse_parameter(pattern, *words, values, run);
        if (status != 0)
            return status;
    }
    const char *objection = pattern->refuse ? pattern->refuse(values) : NULL;
    return objection ? refuse("%s: %s", pattern->name, objection) : 0;
}

int main(int argc, char **argv)
{
    struct options options = {.quick = false};
    int status = parse_options(argc, argv, &options);
    if (status != GO_ON)
        return status;
    if (optind == argc)
        return refuse("no workload given; try '--list'");
    const struct zm_pattern *pattern = zm_pattern_find(argv[optind]);
    if (!pattern)
        return unknown_workload(argv[optind]);

    uint64_t values[ZM_PARAMETERS_MAX];
    struct zm_run run = {.values = values, .seed = 1};
    status = parse_parameters(pattern, argv + optind + 1, options.quick, values, &run);
    if (status != 0 || options.check)
        return status;
    return run_it(pattern, &run, &options);
}
