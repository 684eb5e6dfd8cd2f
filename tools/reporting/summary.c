/* Collecting the lines and printing the tables: time, time without the floor, peak memory, and
 * memory after a drain; and what their means say.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "summary.h"

#include "headline.h"
#include "summary_line.h"
#include "tools/common/printable.h"
#include "tools/common/table.h"
#include "tools/common/width.h"
#include "verdict.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define PAGE_WIDTH   80
#define RATIO_WIDTH  9  /* of "1.02x~", with the gap; a label may be wider */
#define OTHERS_WIDTH 20 /* of the baseline's "738.9 MiB", and the spread's */

/* The workloads that one mean is of. */
struct part {
    char mean[64];
    struct zm_across *across;     /* its rows have the places of the summary's */
    const char **names;           /* of its workloads, which are the lines' */
    struct zm_rankings *rankings; /* NULL: not found yet */
};

struct zm_summary {
    const struct zm_rows *rows;
    struct zm_summary_line **lines;
    size_t count;
    struct part *parts;
    size_t part_count;
};

struct zm_summary *zm_summary_new(const struct zm_rows *rows)
{
    struct zm_summary *summary = calloc(1, sizeof *summary);
    if (summary)
        summary->rows = rows;
    return summary;
}

void zm_summary_free(struct zm_summary *summary)
{
    if (!summary)
        return;
    for (size_t p = 0; p < summary->part_count; p++) {
        zm_across_free(summary->parts[p].across);
        free(summary->parts[p].names);
        free(summary->parts[p].rankings);
    }
    for (size_t i = 0; i < summary->count; i++)
        free(summary->lines[i]);
    free(summary->parts);
    free(summary->lines);
    free(summary);
}

size_t zm_summary_count(const struct zm_summary *summary)
{
    return summary->count;
}

/* ---- adding ---- */

/* NULL: out of memory. */
static struct part *part_of(struct zm_summary *summary, const char *mean)
{
    for (size_t p = 0; p < summary->part_count; p++) {
        if (strcmp(summary->parts[p].mean, mean) == 0)
            return &summary->parts[p];
    }
    struct part *parts = realloc(summary->parts, (summary->part_count + 1) * sizeof *parts);
    if (!parts)
        return NULL;
    summary->parts = parts;
    struct part *part = &parts[summary->part_count];
    *part = (struct part){.across = zm_across_new()};
    snprintf(part->mean, sizeof part->mean, "%s", mean);
    if (!part->across)
        return NULL;
    summary->part_count++;
    return part;
}

static int add_to_mean(struct zm_summary *summary, const char *mean, const char *workload,
                       const struct zm_evidence *evidence)
{
    struct part *part = part_of(summary, mean);
    bool fits;
    if (!part)
        return -ENOMEM;
    const char **names = realloc(part->names, (part->across->workload_count + 1) * sizeof *names);
    if (!names)
        return -ENOMEM;
    part->names = names;
    int status = zm_across_add(part->across, evidence, &fits);
    if (status == 0 && fits)
        names[part->across->workload_count - 1] = workload;
    return status;
}

int zm_summary_add(struct zm_summary *summary, const char *workload, const char *mean,
                   const struct zm_evidence *evidence)
{
    struct zm_summary_line **lines = realloc(summary->lines, (summary->count + 1) * sizeof *lines);
    if (!lines)
        return -ENOMEM;
    summary->lines = lines;
    struct zm_summary_line *line = lines[summary->count] = malloc(sizeof *line);
    if (!line)
        return -ENOMEM;
    summary->count++;
    int status = zm_summary_line_find(evidence, workload, line);
    return status || !mean ? status : add_to_mean(summary, mean, line->workload, evidence);
}

/* ---- tables ---- */

static void add_cell(struct zm_table *table, enum zm_summary_kind kind,
                     const struct zm_summary_line *line, const struct zm_rows *rows, size_t r)
{
    char text[32];
    double value = zm_summary_value(line, kind, r);
    if (zm_summary_on_floor(line, kind, r))
        zm_table_cell(table, "0~");
    else if (value < 0)
        zm_table_cell(table, "-");
    else if (r == rows->baseline)
        zm_table_cell(table, "%s",
                      zm_with_unit(zm_summary_quantity(kind), value, text, sizeof text));
    else if (!zm_summary_has_ratios(line, kind, rows->baseline))
        zm_table_cell(table, "-");
    else
        zm_table_cell(
            table, "%s%s",
            zm_ratio(value, zm_summary_value(line, kind, rows->baseline), text, sizeof text),
            zm_summary_differs(line, kind, r) ? " " : "~");
}

/* The rows that a table has columns for. Where all would be too wide there are several tables, each
 * with the baseline. */
struct columns {
    size_t rows[ZM_ROWS_MAX];
    size_t count;
};

/* The means over the workloads, with the same marks. */
static void add_means(struct zm_table *table, const struct zm_rows *rows,
                      const struct columns *columns, const struct part *part,
                      const struct zm_ranking *ranking)
{
    char text[32], counted[32] = "";
    size_t all = part->across->workload_count, least = all;
    for (size_t r = 0; r < rows->count; r++) {
        const struct zm_mean *mean = &ranking->means[r];
        if (r != rows->baseline && mean->interval.pairs > 0 && mean->workloads < least)
            least = mean->workloads;
    }
    if (least < all) /* the others have too few blocks */
        snprintf(counted, sizeof counted, " of %zu", least);
    zm_table_cell(table, "geometric mean%s%s%s", counted, *part->mean ? " @" : "", part->mean);
    for (size_t c = 0; c < columns->count; c++) {
        size_t r = columns->rows[c];
        const struct zm_mean *mean = &ranking->means[r];
        bool told = mean->difference == ZM_LOWER || mean->difference == ZM_HIGHER;
        if (r == rows->baseline)
            zm_table_cell(table, "%s", "");
        else if (mean->interval.pairs == 0)
            zm_table_cell(table, "-");
        else
            zm_table_cell(table, "%s%s", zm_ratio(mean->interval.ratio, 1, text, sizeof text),
                          told ? " " : "~");
    }
    zm_table_cell(table, "%s", "");
}

static const char *const titles[ZM_SUMMARY_KINDS] = {"wall time", "wall time less the floor",
                                                     "peak RSS", "RSS after the drain"};

/* Takes rows from `*next` on, as many as there is room for. False: there are none left. */
static bool next_columns(const struct zm_summary *summary, size_t *next, struct columns *out)
{
    const struct zm_rows *rows = summary->rows;
    size_t width = strlen(titles[ZM_SUMMARY_OWN_TIME]), first = *next;
    for (size_t i = 0; i < summary->count; i++) {
        size_t name = zm_width(summary->lines[i]->workload);
        width = name > width ? name : width;
    }
    width += OTHERS_WIDTH;
    *out = (struct columns){.rows = {rows->baseline}, .count = 1};
    for (; *next < rows->count; (*next)++) {
        size_t label = zm_width(rows->all[*next].label) + 2;
        if (rows->all[*next].control || *next == rows->baseline)
            continue;
        width += label > RATIO_WIDTH ? label : RATIO_WIDTH;
        if (width > PAGE_WIDTH && out->count > 1)
            break;
        out->rows[out->count++] = *next;
    }
    return first == 0 || out->count > 1;
}

static void add_lines(struct zm_table *table, const struct zm_summary *summary,
                      enum zm_summary_kind kind, const struct columns *columns)
{
    const struct zm_rows *rows = summary->rows;
    char text[32];
    for (size_t i = 0; i < summary->count; i++) {
        const struct zm_summary_line *line = summary->lines[i];
        zm_table_cell(table, "%s", line->workload);
        for (size_t c = 0; c < columns->count; c++)
            add_cell(table, kind, line, rows, columns->rows[c]);
        double wide = zm_summary_spread(line, kind, rows);
        zm_table_cell(table, "%s", wide < 0 ? "-" : zm_ratio(wide, 1, text, sizeof text));
    }
    for (size_t p = 0; p < summary->part_count; p++) {
        const struct part *part = &summary->parts[p];
        if (part->across->workload_count > 1 && kind == ZM_SUMMARY_TIME)
            add_means(table, rows, columns, part, &part->rankings->wall);
        if (part->across->workload_count > 1 && kind == ZM_SUMMARY_MEMORY)
            add_means(table, rows, columns, part, &part->rankings->memory);
    }
}

static int print_table(const struct zm_summary *summary, enum zm_summary_kind kind,
                       const struct columns *columns, FILE *out, bool colour)
{
    char alignment[ZM_ROWS_MAX + 4] = "l";
    memset(alignment + 1, 'r', columns->count + 1);
    struct zm_table *table = zm_table_new(alignment);
    if (!table)
        return -ENOMEM;
    zm_table_cell(table, "%s", titles[kind]);
    for (size_t c = 0; c < columns->count; c++)
        zm_table_cell(table, "%s", summary->rows->all[columns->rows[c]].label);
    zm_table_cell(table, "spread");
    add_lines(table, summary, kind, columns);
    int status = zm_table_print(table, out, colour);
    zm_table_free(table);
    putc('\n', out);
    return status;
}

static int print_kind(const struct zm_summary *summary, enum zm_summary_kind kind, FILE *out,
                      bool colour)
{
    struct columns columns;
    int status = 0;
    for (size_t next = 0; status == 0 && next_columns(summary, &next, &columns);)
        status = print_table(summary, kind, &columns, out, colour);
    return status;
}

/* Whether any workload has been measured in that way, too. */
static bool has(const struct zm_summary *summary, enum zm_summary_kind kind)
{
    bool any = kind != ZM_SUMMARY_DRAINED && kind != ZM_SUMMARY_OWN_TIME;
    for (size_t i = 0; i < summary->count && !any; i++) {
        const struct zm_summary_line *line = summary->lines[i];
        any = kind == ZM_SUMMARY_DRAINED
                  ? zm_summary_value(line, kind, summary->rows->baseline) >= 0
                  : line->own.floor.count > 0;
    }
    return any;
}

/* ---- words ---- */

/* What the workloads of one mean say. */
static int print_headline(const struct part *part, FILE *out)
{
    struct zm_headline headline;
    int status = zm_headline_make(part->across, part->rankings, part->names, &headline);
    if (status != 0)
        return status;
    char *text = NULL;
    if (asprintf(&text, "%s%s%s. %s", part->mean, *part->mean ? ": " : "", headline.title,
                 headline.lead) < 0)
        text = NULL;
    if (text) {
        putc('\n', out);
        zm_verdict_put_lines(out, text);
    }
    bool told = text;
    free(text);
    zm_headline_clear(&headline);
    return told ? 0 : -ENOMEM;
}

static int find_rankings(const struct zm_summary *summary)
{
    int status = 0;
    for (size_t p = 0; p < summary->part_count && status == 0; p++) {
        struct part *part = &summary->parts[p];
        if (!part->rankings)
            part->rankings = malloc(sizeof *part->rankings);
        status = part->rankings ? zm_rankings_find(part->across, part->rankings) : -ENOMEM;
    }
    return status;
}

int zm_summary_print(const struct zm_summary *summary, FILE *out, bool colour)
{
    int status = find_rankings(summary);
    for (int k = 0; k < ZM_SUMMARY_KINDS && status == 0; k++) {
        if (has(summary, (enum zm_summary_kind)k))
            status = print_kind(summary, (enum zm_summary_kind)k, out, colour);
    }
    if (status != 0)
        return status;
    zm_put_between(out, "medians; x: ratio to ", summary->rows->all[summary->rows->baseline].label,
                   ", lower is better\n");
    fputs("~: no difference beyond the noise, or too few blocks\n", out);
    if (has(summary, ZM_SUMMARY_OWN_TIME))
        fputs("floor: the same work without an allocator, in each block; 0~: not to be told\n"
              "from it; -: not even a tenth of the time is the allocator's\n",
              out);
    if (has(summary, ZM_SUMMARY_DRAINED))
        fputs("drain: all is freed, and the program idle for a while, in blocks of their own\n",
              out);
    fputs("spread: highest by lowest\n", out);
    for (size_t p = 0; p < summary->part_count && status == 0 && summary->count > 1; p++)
        status = print_headline(&summary->parts[p], out);
    return status;
}
