/* Writing medians, their ranges, and the intervals of their changes.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "table_export.h"

#include "change.h"
#include "tools/common/cli.h"
#include "tools/common/printable.h"
#include "tools/common/units.h"
#include "tools/statistics/comparison.h"

#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *word_for(enum zm_difference difference)
{
    return difference == ZM_LOWER           ? "less"
           : difference == ZM_HIGHER        ? "more"
           : difference == ZM_NO_DIFFERENCE ? "none"
                                            : "unknown";
}

static bool has_runs(const struct zm_result *result, size_t row)
{
    return result->good[row] > 0;
}

/* ---- Markdown: what the main table has ---- */

static void put_cell(FILE *out, const char *text)
{
    char next[ZM_PRINTABLE_MAX];
    putc(' ', out);
    while (zm_printable_next(&text, next)) {
        if (strchr("|\\`*_<>[]&", *next))
            putc('\\', out);
        fputs(next, out);
    }
    fputs(" |", out);
}

static void put_markdown_row(const struct zm_export_part *part, const struct zm_result *result,
                             size_t r, FILE *out)
{
    const struct zm_rows *rows = part->evidence.rows;
    char text[64];
    putc('|', out);
    put_cell(out, rows->all[r].label);
    for (size_t f = 0; f < ZM_HEADLINE; f++) {
        const struct zm_figure_info *info = zm_figure_at(f);
        const struct zm_finding *finding = &result->findings[info->figure][r];
        put_cell(out, finding->spread.count
                          ? zm_with_unit(info->quantity, finding->spread.median, text, sizeof text)
                          : "-");
        put_cell(out, r == rows->baseline ? "" : zm_change(finding, text, sizeof text));
    }
    putc('\n', out);
}

static int write_markdown(const struct zm_export_part *parts, size_t count, FILE *out)
{
    for (size_t p = 0; p < count; p++) {
        struct zm_result *result = zm_result_of(&parts[p].evidence);
        if (!result)
            return -ENOMEM;
        fputs(p ? "\n|" : "|", out);
        put_cell(out, parts[p].workload);
        if (*parts[p].machine)
            put_cell(out, parts[p].machine);
        fprintf(out, " medians of %u blocks |\n%s---|---|\n\n| backend |", result->blocks,
                *parts[p].machine ? "|---|" : "|");
        for (size_t f = 0; f < ZM_HEADLINE; f++)
            fprintf(out, " %s | %% |", zm_figure_at(f)->title);
        fputs("\n|---|--:|--:|--:|--:|--:|--:|\n", out);
        for (size_t r = 0; r < parts[p].evidence.rows->count; r++)
            put_markdown_row(&parts[p], result, r, out);
        free(result);
    }
    return 0;
}

/* ---- CSV: a line for each figure of each row ---- */

static void put_field(FILE *out, const char *text)
{
    char next[ZM_PRINTABLE_MAX];
    putc('"', out);
    while (zm_printable_next(&text, next))
        fputs(*next == '"' ? "\"\"" : next, out);
    putc('"', out);
}

static void put_number(FILE *out, double value, bool known)
{
    putc(',', out);
    if (known && isfinite(value))
        fprintf(out, "%.9g", value);
}

static void put_csv_line(const struct zm_export_part *part, const struct zm_result *result,
                         size_t r, const struct zm_figure_info *info, FILE *out)
{
    const struct zm_finding *finding = &result->findings[info->figure][r];
    const struct zm_row *row = &part->evidence.rows->all[r];
    bool known = zm_interval_known(&finding->interval);
    put_field(out, part->machine);
    putc(',', out);
    put_field(out, part->workload);
    putc(',', out);
    put_field(out, row->label);
    putc(',', out);
    put_field(out, row->backend);
    fprintf(out, ",%d,%s,%zu", row->control, info->key, finding->spread.count);
    put_number(out, finding->spread.median, true);
    put_number(out, finding->spread.min, true);
    put_number(out, finding->spread.max, true);
    put_number(out, finding->interval.ratio, finding->interval.pairs > 0);
    put_number(out, finding->interval.low, known);
    put_number(out, finding->interval.high, known);
    fprintf(out, ",%s\n", word_for(finding->difference));
}

static int write_csv(const struct zm_export_part *parts, size_t count, FILE *out)
{
    const struct zm_figure_info *info;
    fputs("machine,workload,row,backend,control,figure,runs,median,min,max,ratio,low,high,"
          "difference\n",
          out);
    for (size_t p = 0; p < count; p++) {
        struct zm_result *result = zm_result_of(&parts[p].evidence);
        if (!result)
            return -ENOMEM;
        for (size_t r = 0; r < parts[p].evidence.rows->count; r++) {
            for (size_t place = 0; has_runs(result, r) && (info = zm_figure_at(place)); place++) {
                if (zm_result_has(result, r, info->figure))
                    put_csv_line(&parts[p], result, r, info, out);
            }
        }
        free(result);
    }
    return 0;
}

/* ---- JSON: an object for each row ---- */

static json_t *text_of(const char *text)
{
    size_t size = (ZM_PRINTABLE_MAX - 1) * strlen(text) + 1;
    char *shown = malloc(size);
    json_t *value = shown ? json_string(zm_printable(text, shown, size)) : NULL;
    free(shown);
    return value;
}

static json_t *number(double value, bool known)
{
    return known && isfinite(value) ? json_real(value) : json_null();
}

static json_t *figure_of(const struct zm_finding *finding)
{
    const struct zm_interval *i = &finding->interval;
    bool known = zm_interval_known(i);
    return json_pack("{s:I, s:f, s:f, s:f, s:o, s:o, s:o, s:s}", "runs",
                     (json_int_t)finding->spread.count, "median", finding->spread.median, "min",
                     finding->spread.min, "max", finding->spread.max, "ratio",
                     number(i->ratio, i->pairs > 0), "low", number(i->low, known), "high",
                     number(i->high, known), "difference", word_for(finding->difference));
}

static json_t *row_of(const struct zm_export_part *part, const struct zm_result *result, size_t r)
{
    const struct zm_row *row = &part->evidence.rows->all[r];
    json_t *figures = json_object(), *settings = json_array();
    const struct zm_figure_info *info;
    for (size_t place = 0; (info = zm_figure_at(place)); place++) {
        if (zm_result_has(result, r, info->figure))
            json_object_set_new(figures, info->key, figure_of(&result->findings[info->figure][r]));
    }
    for (char *const *s = row->settings; s && *s; s++)
        json_array_append_new(settings, text_of(*s));
    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o?, s:b, s:b, s:I, s:I, s:o}", "machine",
                     text_of(part->machine), "workload", text_of(part->workload), "row",
                     text_of(row->label), "backend", text_of(row->backend), "settings", settings,
                     "command", row->command ? text_of(row->command) : NULL, "baseline",
                     r == part->evidence.rows->baseline, "control", row->control, "runs",
                     (json_int_t)result->good[r], "failed", (json_int_t)result->failed[r],
                     "figures", figures);
}

static int write_json(const struct zm_export_part *parts, size_t count, FILE *out)
{
    json_t *all = json_array();
    int status = all ? 0 : -ENOMEM;
    for (size_t p = 0; p < count && status == 0; p++) {
        struct zm_result *result = zm_result_of(&parts[p].evidence);
        status = result ? 0 : -ENOMEM;
        for (size_t r = 0; status == 0 && r < parts[p].evidence.rows->count; r++)
            json_array_append_new(all, row_of(&parts[p], result, r));
        free(result);
    }
    if (status == 0 &&
        json_dumpf(all, out, JSON_INDENT(1) | JSON_PRESERVE_ORDER | JSON_REAL_PRECISION(9)) != 0)
        status = -EIO;
    putc('\n', out);
    json_decref(all);
    return status;
}

/* ---- files ---- */

zm_exporter *zm_exporter_named(const char *name)
{
    return strcmp(name, "markdown") == 0 ? write_markdown
           : strcmp(name, "csv") == 0    ? write_csv
           : strcmp(name, "json") == 0   ? write_json
                                         : NULL;
}

bool zm_exports_take_stdout(const struct zm_exports *exports)
{
    for (size_t i = 0; i < exports->count; i++)
        if (strcmp(exports->all[i].path, "-") == 0)
            return true;
    return false;
}

int zm_exports_write(const char *subcommand, const struct zm_exports *exports,
                     const struct zm_export_part *parts, size_t count)
{
    int status = 0;
    for (size_t i = 0; i < exports->count; i++) {
        const char *path = exports->all[i].path;
        bool is_stdout = strcmp(path, "-") == 0;
        FILE *out = is_stdout ? stdout : fopen(path, "we");
        int error = out ? exports->all[i].write(parts, count, out) : -errno;
        if (out && !is_stdout && (ferror(out) | fclose(out)) && error == 0)
            error = errno ? -errno : -EIO;
        if (error == 0)
            continue;
        zm_error(subcommand, "can't write '%s': %s", path, strerror(-error));
        status = ZM_EXIT_TOOL;
    }
    return status;
}
