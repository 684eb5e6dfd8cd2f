/* Printing the tables, the notes and the verdict.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "text.h"

#include "change.h"
#include "tools/common/printable.h"
#include "tools/common/table.h"
#include "tools/common/units.h"
#include "tools/statistics/own_time.h"
#include "verdict.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define COLUMNS_MAX 4 /* figures in a narrower table, which fit into 80 characters */

static bool is_better(const struct zm_finding *finding, enum zm_direction better)
{
    return (finding->difference == ZM_LOWER && better == ZM_LESS_IS_BETTER) ||
           (finding->difference == ZM_HIGHER && better == ZM_MORE_IS_BETTER);
}

static void cell(struct zm_table *table, bool best, const char *text)
{
    if (best)
        zm_table_best(table, "%s", text);
    else
        zm_table_cell(table, "%s", text);
}

static void add_failure(struct zm_table *table, const struct zm_result *result, size_t r)
{
    if (result->failed[r])
        zm_table_aside(table, "failed %zu of %zu: %s", result->failed[r], result->failed[r],
                       result->reason[r]);
    else
        zm_table_aside(table, "not run");
}

/* Whether the peak of memory is that of several processes together, in any row. */
static bool has_trees(const struct zm_rows *rows, const struct zm_result *result)
{
    bool any = false;
    for (size_t r = 0; r < rows->count; r++)
        any |= zm_result_has(result, r, ZM_TREE_PSS) &&
               result->findings[ZM_PEAK_MEMORY][r].spread.median >
                   result->findings[ZM_PEAK_RSS][r].spread.median;
    return any;
}

static const char *title_of(const struct zm_figure_info *info, bool trees)
{
    return trees && info->figure == ZM_PEAK_MEMORY ? "peak memory" : info->title;
}

static void add_headline(struct zm_table *table, const struct zm_rows *rows,
                         const struct zm_result *result)
{
    bool trees = has_trees(rows, result);
    struct zm_scale scales[ZM_HEADLINE];
    const char *base = rows->all[rows->baseline].label;
    bool any = true;
    for (size_t f = 0; f < ZM_HEADLINE; f++)
        any = zm_result_scale(result, rows, zm_figure_at(f)->figure, &scales[f]) && any;
    if (any) {
        zm_table_cell(table, "%s", "");
        for (size_t f = 0; f < ZM_HEADLINE; f++) {
            zm_table_cell(table, "%s", title_of(zm_figure_at(f), trees));
            if (f == 0)
                zm_table_cell(table, "against %.10s", base);
            else
                zm_table_cell(table, "%s", "");
        }
        zm_table_cell(table, "backend");
        for (size_t f = 0; f < ZM_HEADLINE; f++) {
            zm_table_cell(table, "%s", scales[f].unit);
            zm_table_cell(table, "%%");
        }
    }
    for (size_t r = 0; r < rows->count; r++) {
        zm_table_cell(table, "%s", rows->all[r].label);
        if (result->good[r] == 0) {
            add_failure(table, result, r);
            continue;
        }
        for (size_t f = 0; f < ZM_HEADLINE; f++) {
            const struct zm_figure_info *info = zm_figure_at(f);
            const struct zm_finding *finding = &result->findings[info->figure][r];
            bool best = is_better(finding, info->better);
            char text[48];
            cell(table, best,
                 zm_result_value(result, r, info->figure, &scales[f], text, sizeof text));
            cell(table, best, r == rows->baseline ? "" : zm_change(finding, text, sizeof text));
        }
    }
}

/* Those have their intervals, for they are compared. */
static bool is_drained(enum zm_figure figure)
{
    return figure >= ZM_DRAINED_100MS && figure <= ZM_DRAINED_5S;
}

static void add_other(struct zm_table *table, const struct zm_rows *rows,
                      const struct zm_result *result, size_t r, enum zm_figure figure,
                      const struct zm_scale *scale)
{
    const struct zm_spread *spread = &result->findings[figure][r].spread;
    const struct zm_spread *base = &result->findings[figure][rows->baseline].spread;
    char value[48], ratio[32] = "-";
    zm_result_value(result, r, figure, scale, value, sizeof value);
    if (is_drained(figure)) {
        const struct zm_finding *finding = &result->findings[figure][r];
        char change[48];
        bool best = is_better(finding, ZM_LESS_IS_BETTER);
        cell(table, best, value);
        cell(table, best, r == rows->baseline ? "" : zm_change(finding, change, sizeof change));
        return;
    }
    /* What is too small to be seen is in no ratio to anything. */
    bool seen = zm_figure_least(figure) == ZM_FIGURES || spread->median > 0;
    if (base->count && seen)
        zm_ratio(spread->median, base->median, ratio, sizeof ratio);
    if (spread->count == 0 || zm_figure_info(figure)->quantity == ZM_SHARE)
        zm_table_cell(table, "%s", value);
    else
        zm_table_cell(table, "%s %5s", value, ratio);
}

/* Prints a table of up to COLUMNS_MAX figures that any row has, from `*next` on. 0, 1 if there is
 * none left, or -ENOMEM. */
static int print_others(const struct zm_rows *rows, const struct zm_result *result, size_t *next,
                        FILE *out, bool colour)
{
    enum zm_figure shown[COLUMNS_MAX];
    struct zm_scale scales[COLUMNS_MAX];
    size_t count = 0;
    for (const struct zm_figure_info *info; count < COLUMNS_MAX && (info = zm_figure_at(*next));
         (*next)++) {
        shown[count] = info->figure;
        count += info->title && zm_result_scale(result, rows, info->figure, &scales[count]);
    }
    if (count == 0)
        return 1;
    char alignment[2 * COLUMNS_MAX + 2] = "l";
    for (size_t f = 0; f < count; f++)
        strcat(alignment, is_drained(shown[f]) ? "rr" : "r");
    struct zm_table *table = zm_table_new(alignment);
    if (!table)
        return -ENOMEM;
    zm_table_cell(table, "%s", "");
    for (size_t f = 0; f < count; f++) {
        zm_table_cell(table, "%s", zm_figure_info(shown[f])->title);
        if (is_drained(shown[f]))
            zm_table_cell(table, "%s", "");
    }
    zm_table_cell(table, "%s", "");
    for (size_t f = 0; f < count; f++) {
        zm_table_cell(table, "%s", scales[f].unit);
        if (is_drained(shown[f]))
            zm_table_cell(table, "%%");
    }
    for (size_t r = 0; r < rows->count; r++) {
        if (result->good[r] == 0)
            continue;
        zm_table_cell(table, "%s", rows->all[r].label);
        for (size_t f = 0; f < count; f++)
            add_other(table, rows, result, r, shown[f], &scales[f]);
    }
    putc('\n', out);
    int status = zm_table_print(table, out, colour);
    zm_table_free(table);
    return status;
}

static int print_tables(const struct zm_rows *rows, const struct zm_result *result, FILE *out,
                        bool colour)
{
    struct zm_table *table = zm_table_new("lrrrrrr");
    if (!table)
        return -ENOMEM;
    add_headline(table, rows, result);
    int status = zm_table_print(table, out, colour);
    zm_table_free(table);
    for (size_t next = ZM_HEADLINE; status == 0;)
        status = print_others(rows, result, &next, out, colour);
    return status < 0 ? status : 0;
}

static void put_failed(FILE *out, const struct zm_result *result, size_t r, const char *label)
{
    zm_put_between(out, "FAILED ", label, ": ");
    fprintf(out, "%zu of %zu runs: ", result->failed[r], result->failed[r] + result->good[r]);
    zm_put_between(out, "", result->reason[r], "\n");
}

static void print_noise(const struct zm_rows *rows, const struct zm_result *result, FILE *out)
{
    const char *before = "noise floor";
    for (size_t f = 0; f < ZM_HEADLINE; f++) {
        double noise = result->noise[zm_figure_at(f)->figure];
        if (noise <= 0 || !isfinite(noise))
            continue;
        if (before[0] == 'n')
            zm_put_between(out, "noise floor (", rows->all[rows->baseline].label,
                           " against itself):");
        else
            putc(',', out);
        fprintf(out, " %s %.1f %%", title_of(zm_figure_at(f), has_trees(rows, result)),
                100 * expm1(noise));
        before = ",";
    }
    if (before[0] == ',')
        putc('\n', out);
}

/* Whose memory it is. */
static void print_memory(const struct zm_rows *rows, const struct zm_result *result, FILE *out)
{
    double most = 0;
    if (!has_trees(rows, result)) {
        fputs("memory: its largest process\n", out);
        return;
    }
    for (size_t r = 0; r < rows->count; r++) {
        if (zm_result_has(result, r, ZM_TREE_COUNT))
            most = fmax(most, result->findings[ZM_TREE_COUNT][r].spread.median);
    }
    fprintf(
        out,
        "peak memory, peak live: of %.0f processes together, memory as the sum of PSS, as seen\n"
        "from outside; or of the largest process, if it had more; overhead: its own\n",
        most);
}

static bool was_seen(const struct zm_sample *sample)
{
    return sample->seen > 0;
}

static bool was_late(const struct zm_sample *sample)
{
    return strcmp(sample->ended, ZM_ENDED_LATE) == 0;
}

static bool is_so(const struct zm_evidence *evidence, size_t r,
                  bool (*is)(const struct zm_sample *))
{
    for (size_t i = 0; i < evidence->count; i++) {
        const struct zm_sample *sample = &evidence->samples[i];
        if (sample->row == &evidence->rows->all[r] && sample->ok && is(sample))
            return true;
    }
    return false;
}

/* The rows of which that is true of some run; false if there are none. */
static bool put_rows(const struct zm_evidence *evidence, bool (*is)(const struct zm_sample *),
                     FILE *out)
{
    const struct zm_rows *rows = evidence->rows;
    size_t count = 0;
    for (size_t r = 0; r < rows->count; r++)
        count += is_so(evidence, r, is);
    if (count > 1 && count == rows->count) {
        fputs("all rows", out);
        return true;
    }
    const char *before = "";
    for (size_t r = 0; r < rows->count; r++) {
        if (is_so(evidence, r, is)) {
            zm_put_between(out, before, rows->all[r].label, "");
            before = ", ";
        }
    }
    return count > 0;
}

/* Which rows have figures of processes that did not report, and how old those may be. */
static void print_seen(const struct zm_evidence *evidence, FILE *out)
{
    double age_s = 0;
    for (size_t i = 0; i < evidence->count; i++)
        age_s = fmax(age_s, evidence->samples[i].ok ? evidence->samples[i].age_s : 0);
    if (put_rows(evidence, was_seen, out))
        fprintf(out, ": what left no report counts as last seen, at most %.0f ms before its end\n",
                ceil(1e3 * age_s));
    if (put_rows(evidence, was_late, out))
        fputs(": the server did not end in time, and was killed: --stop-timeout\n", out);
}

static void print_notes(const struct zm_text_report *report, const struct zm_result *result,
                        FILE *out)
{
    const struct zm_rows *rows = report->evidence.rows;
    for (size_t r = 0; r < rows->count; r++) {
        if (result->failed[r] && result->good[r]) /* otherwise the table has said so */
            put_failed(out, result, r, rows->all[r].label);
    }
    zm_put_between(out, "workload: ", report->workload, "\n");
    for (size_t r = 0; r < rows->count; r++) {
        if (rows->all[r].command && !rows->all[r].control) {
            zm_put_between(out, "  ", rows->all[r].label, ": ");
            zm_put_between(out, "", rows->all[r].command, "\n");
        }
    }
    if (result->blocks == 0) {
        fprintf(out, "medians of nothing, for no run counts; seed %llu%s%s\n",
                (unsigned long long)report->evidence.seed, report->ending ? "; " : "",
                report->ending ? report->ending : "");
        return;
    }
    fprintf(out, "medians of %u block%s in shuffled order, seed %llu%s%s\n", result->blocks,
            result->blocks == 1 ? "" : "s", (unsigned long long)report->evidence.seed,
            report->ending ? "; " : "", report->ending ? report->ending : "");
    fputs("%: the 95 % interval of the change in paired runs; =: no difference can be told\n"
          "less is better, but more ops/s; allocations are the command's own doing\n"
          "wall, CPU, faults: the command and the children it waited for\n",
          out);
    if (result->blocks < ZM_INTERVAL_PAIRS)
        fprintf(out, "?: fewer than %d blocks, so no interval is known\n", ZM_INTERVAL_PAIRS);
    print_memory(rows, result, out);
    print_seen(&report->evidence, out);
    print_noise(rows, result, out);
    if (report->counters_absent)
        fprintf(out, "hardware counters: %s\n", report->counters_absent);
}

static int print_floor(const struct zm_evidence *evidence, FILE *out)
{
    struct zm_own_time *own = malloc(sizeof *own);
    char median[32], min[32], max[32];
    int status = own ? zm_own_time_find(evidence, own) : -ENOMEM;
    if (status == 0 && own->floor.count > 0) {
        const struct zm_scale scale = zm_scale_for(ZM_SECONDS, own->floor.median);
        fprintf(out, "floor: %s %s without an allocator, from %s to %s %s in %zu block%s\n",
                zm_scaled(&scale, own->floor.median, median, sizeof median), scale.unit,
                zm_scaled(&scale, own->floor.min, min, sizeof min),
                zm_scaled(&scale, own->floor.max, max, sizeof max), scale.unit, own->floor.count,
                own->floor.count == 1 ? "" : "s");
    }
    free(own);
    return status;
}

int zm_text_report_print(const struct zm_text_report *report, FILE *out, bool colour)
{
    struct zm_result *result = zm_result_of(&report->evidence);
    if (!result)
        return -ENOMEM;
    int status = print_tables(report->evidence.rows, result, out, colour);
    if (status == 0) {
        putc('\n', out);
        print_notes(report, result, out);
        status = print_floor(&report->evidence, out);
    }
    if (status == 0)
        status = zm_verdict_print(&report->evidence, result, out);
    free(result);
    return status;
}
