/* zmalloc check: a command against what it was, as an exit status.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "check.h"

#include "tools/commands/commands.h"
#include "tools/common/cli.h"
#include "tools/common/command.h"
#include "tools/common/host.h"
#include "tools/common/table.h"
#include "tools/measuring/blocks.h"
#include "tools/options/parse.h"
#include "tools/process/child.h"
#include "tools/process/preload.h"
#include "tools/results/circumstances.h"
#include "tools/results/reader.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wordexp.h>

#define NAME       ZM_CHECK
#define BLOCKS     15 /* the help says so */
#define PATIENCE_S 60
#define BEFORE     "before"

static const char *const standard_rules[] = {"allocs > +1 %", "allocated > +1 %",
                                             "peak_live > +2 %", "peak_rss > +5 %", "wall > +10 %"};

static int out_of_memory(void)
{
    zm_error(NAME, "out of memory");
    return ZM_EXIT_TOOL;
}

/* ---- what is compared with ---- */

static bool is_relative(const struct zm_rules *rules)
{
    bool any = false;
    for (size_t i = 0; i < rules->count; i++)
        any = any || rules->all[i].relative;
    return any;
}

static int choose_rules(struct zm_check *c)
{
    bool compares = c->baseline_path || c->before;
    if (c->baseline_path && c->before)
        return zm_usage_error(NAME, "either --baseline or --before");
    if (c->rules.count == 0 && !compares && !c->json_path)
        return zm_usage_error(NAME, "nothing to check: no --baseline, --before or --fail-if");
    if (!compares && is_relative(&c->rules))
        return zm_usage_error(NAME, "a change needs a --baseline or --before to compare with");
    if (c->rules.count > 0 || !compares)
        return 0;
    for (size_t i = 0; i < sizeof standard_rules / sizeof *standard_rules; i++)
        zm_rules_add(&c->rules, standard_rules[i]);
    return 0;
}

/* The last group of the command. */
static int find_group(struct zm_check *c)
{
    struct zm_dataset *d = &c->dataset;
    int status = zm_dataset_read(NAME, c->baseline_path, d);
    if (status == 0 && zm_dataset_finish(d) != 0)
        return out_of_memory();
    for (size_t g = 0; status == 0 && g < d->group_count; g++) {
        if (strcmp(d->groups[g]->workload, c->workload.name) == 0 &&
            (!c->group || d->groups[g]->place > c->group->place))
            c->group = d->groups[g];
    }
    if (status == 0 && !c->group)
        return zm_usage_error(NAME, "'%s' has no runs of: %s", c->baseline_path, c->workload.name);
    return status;
}

/* The backends of the baseline, if none are named. Its rows with settings or commands of their own
 * are not repeated. */
static int choose_backends(struct zm_check *c)
{
    const char *standard = zm_default_backend_name();
    if (c->backends.count > 0)
        return 0;
    for (size_t r = 0; c->group && r < c->group->rows.count; r++) {
        const struct zm_row *row = &c->group->rows.all[r];
        if (row->control || row->command || (row->settings && row->settings[0]) ||
            c->backends.count == ZM_BACKENDS_MAX)
            continue;
        char *name = zm_backend_find(NAME, row->backend, strlen(row->backend));
        if (!name)
            return ZM_EXIT_NOT_FOUND;
        c->backends.names[c->backends.count++] = name;
    }
    if (c->backends.count == 0 && standard)
        c->backends.names[c->backends.count++] = strdup(standard);
    return c->backends.count && c->backends.names[0] ? 0 : out_of_memory();
}

/* ---- rows ---- */

/* Adds the row of the command before. It must be the only other one: pairs are of two. */
static int add_before(struct zm_check *c)
{
    wordexp_t words;
    char program[PATH_MAX];
    if (c->rows.count != 1)
        return zm_usage_error(NAME, "--before takes one backend: -b");
    int error = wordexp(c->before, &words, WRDE_NOCMD);
    if (error != 0 || words.we_wordc == 0)
        return zm_usage_error(NAME, "can't read the command of --before; for | & ; < > use: sh -c "
                                    "'...'");
    int status = zm_command_find(NAME, words.we_wordv[0], program);
    struct zm_row *row = &c->rows.all[1];
    if (status == 0 && (zm_row_copy(BEFORE, &c->rows.all[0], row) != 0 ||
                        zm_row_set_command(row, program, words.we_wordv) != 0))
        status = out_of_memory();
    wordfree(&words);
    if (status == 0)
        c->rows.baseline = c->rows.count++;
    return status;
}

/* Finds out everything that can be wrong, before the first run. */
static int prepare(char **command, struct zm_check *c)
{
    int status = choose_rules(c);
    if (status == 0 && !*command)
        return zm_usage_error(NAME, "no command given");
    if (status == 0)
        status = zm_workload_from_command(NAME, command, &c->workload);
    if (status == 0 && c->baseline_path)
        status = find_group(c);
    if (status == 0)
        status = choose_backends(c);
    if (status == 0)
        status = zm_rows_from_backends(NAME, &c->backends, &c->rows);
    if (status == 0 && c->before)
        status = add_before(c);
    if (status == 0)
        status = zm_preload_find(NAME, c->library);
    if (status == 0)
        status = zm_preload_apply(NAME, c->library);
    if (status != 0)
        return status;
    c->run = (struct zm_shared_run){.subcommand = NAME, .json_path = c->json_path, .seed = c->seed};
    for (size_t i = 0; i < c->export_count; i++)
        c->run.stdout_taken = c->run.stdout_taken || strcmp(c->exports[i].path, "-") == 0;
    return zm_shared_run_begin(&c->run, &c->rows, c->library);
}

/* ---- the answer ---- */

static void record(void *context, const struct zm_sample *sample)
{
    struct zm_check *c = context;
    zm_shared_run_record(&c->run, c->workload.name, sample);
}

static int write_to(zm_gate_writer *write, const struct zm_gate_report *report, const char *path,
                    const char *mode)
{
    bool is_stdout = strcmp(path, "-") == 0;
    FILE *file = is_stdout ? stdout : fopen(path, mode);
    int error = file ? write(report, file) : -errno;
    if (file && !is_stdout && (ferror(file) | fclose(file)) && error == 0)
        error = errno ? -errno : -EIO;
    if (error == 0)
        return 0;
    zm_error(NAME, "can't write '%s': %s", path, strerror(-error));
    return ZM_EXIT_TOOL;
}

/* Writes all that was asked for. 0, or the exit status. */
static int export(const struct zm_check *c, const struct zm_gate_report *report)
{
    const char *summary = getenv("GITHUB_STEP_SUMMARY");
    int status = 0;
    for (size_t i = 0; i < c->export_count; i++) {
        int one = write_to(c->exports[i].write, report, c->exports[i].path, "we");
        status = one ? one : status;
    }
    if (summary && *summary) {
        int one = write_to(zm_gate_markdown, report, summary, "ae");
        status = one ? one : status;
    }
    return status;
}

static int tell(struct zm_check *c, const struct zm_gate_report *report)
{
    static const int statuses[] = {[ZM_GATE_PASS] = 0,
                                   [ZM_GATE_REGRESSION] = ZM_CHECK_REGRESSION,
                                   [ZM_GATE_UNDECIDED] = ZM_CHECK_UNDECIDED};
    FILE *out = zm_shared_run_tables(&c->run);
    if (zm_gate_print(report, out, zm_wants_colour(out)) != 0)
        return out_of_memory();
    int status = export(c, report);
    return status ? status : statuses[zm_gate_report_verdict(report)];
}

static bool was_busy(const json_t *run)
{
    const json_t *host = json_object_get(run, "host");
    return zm_load_is_high(json_number_value(json_object_get(host, "load")),
                           (uint64_t)json_integer_value(json_object_get(host, "cores")));
}

/* NULL: times of both days may be compared. */
static const char *why_no_times(const json_t *then, const json_t *today)
{
    return !zm_circumstances_same_machine(then, today) ? "the baseline is of another machine"
           : was_busy(then)  ? "the machine was busy with other things then"
           : was_busy(today) ? "the machine is busy with other things"
                             : NULL;
}

/* Judges what was measured, with what is known of the circumstances. */
static int judge(struct zm_check *c, const struct zm_outcome *outcome)
{
    struct zm_evidence now = {
        .samples = c->samples.all, .count = c->samples.count, .rows = &c->rows, .seed = c->seed};
    struct zm_evidence before = c->group ? zm_group_evidence(c->group) : now;
    const json_t *then = c->group ? c->dataset.runs[c->group->run].record : NULL;
    json_t *today = zm_run_record(c->run.id, NAME, c->seed, &c->rows, c->library);
    struct zm_rulings *rulings = malloc(sizeof *rulings);
    char *changed = NULL;
    size_t size;
    FILE *text = open_memstream(&changed, &size);
    int status = today && rulings && text ? 0 : out_of_memory();
    if (status == 0 && c->group)
        zm_circumstances_put_records(then, today, text);
    if (text)
        fclose(text);
    size_t pair = c->before ? c->rows.baseline : ZM_ROWS_MAX;
    const char *no_times = c->group ? why_no_times(then, today) : NULL;
    if (status == 0 && zm_gate_judge(&c->rules, &before, &now, pair, no_times, rulings) != 0)
        status = out_of_memory();
    struct zm_gate_report report = {.command = c->workload.name,
                                    .baseline = c->before ? c->before : c->baseline_path,
                                    .changed = changed ? changed : "",
                                    .rows = &c->rows,
                                    .rulings = rulings,
                                    .blocks = outcome->blocks};
    for (size_t i = c->samples.count; i > 0; i--) {
        const struct zm_sample *sample = &c->samples.all[i - 1];
        if (sample->ok || (pair < ZM_ROWS_MAX && sample->row == &c->rows.all[pair]))
            continue; /* a failure of the program as it was leaves the rules undecided */
        report.failed++;
        report.reason = sample->reason;
    }
    if (status == 0)
        status = tell(c, &report);
    json_decref(today);
    free(rulings);
    free(changed);
    return status;
}

static int run(struct zm_check *c)
{
    struct zm_plan plan = {.subcommand = NAME,
                           .workload = &c->workload,
                           .rows = &c->rows,
                           .seed = c->seed,
                           .blocks = c->blocks ? (unsigned)c->blocks : BLOCKS,
                           .time_s = c->time_s,
                           .time_firm = c->time_s > 0,
                           .patience_s = PATIENCE_S,
                           .see = record,
                           .context = c};
    struct zm_outcome outcome;
    zm_child_catch_signals();
    int status = zm_measure(&plan, &c->samples, &outcome);
    if (status == 0 && (c->rules.count > 0 || c->run.failed))
        return judge(c, &outcome);
    if (status == 0)
        fprintf(zm_shared_run_tables(&c->run), "recorded %zu runs\n", c->samples.count);
    return status;
}

static int check(char **command, struct zm_check *c)
{
    int status = prepare(command, c);
    if (status != 0)
        return status;
    status = run(c);
    c->run.failed = false; /* the status says it already */
    return zm_shared_run_end(&c->run, status);
}

int zm_cmd_check(int argc, char **argv)
{
    struct zm_check c = {.seed = zm_shared_run_seed()};
    int status;
    if (zm_options_parse(&zm_subcommand_check, argc, argv, &c, &status))
        status = check(argv + optind, &c);
    zm_samples_clear(&c.samples);
    zm_rows_clear(&c.rows);
    zm_dataset_clear(&c.dataset);
    zm_backends_clear(&c.backends);
    zm_workload_clear(&c.workload);
    return status;
}
