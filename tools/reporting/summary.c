/* Collecting the lines and printing the tables: time, time without the floor, peak memory, and
 * memory after a drain.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "summary.h"

#include "headline.h"
#include "tools/common/printable.h"
#include "tools/common/table.h"
#include "tools/common/units.h"
#include "tools/statistics/own_time.h"
#include "verdict.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* If a smaller share of the baseline's time than this is the allocator's own, ratios of the own
 * time are mostly noise and not shown. */
#define OWN_SHARE_LEAST 0.1

struct line {
    char workload[64];
    struct zm_own_time own;
    struct zm_finding wall[ZM_ROWS_MAX], rss[ZM_ROWS_MAX], drained[ZM_ROWS_MAX];
};

struct zm_summary {
    const struct zm_rows *rows;
    struct line *lines;
    size_t count;
    struct zm_across *across; /* its rows have the places of `rows` */
};

struct zm_summary *zm_summary_new(const struct zm_rows *rows)
{
    struct zm_summary *summary = calloc(1, sizeof *summary);
    if (!summary)
        return NULL;
    summary->rows = rows;
    summary->across = zm_across_new();
    if (summary->across)
        return summary;
    free(summary);
    return NULL;
}

void zm_summary_free(struct zm_summary *summary)
{
    if (summary) {
        zm_across_free(summary->across);
        free(summary->lines);
    }
    free(summary);
}

/* Takes the longest drain that the baseline has. */
static int find_drained(const struct zm_evidence *evidence, struct line *line)
{
    double noise;
    int status = 0;
    for (int f = ZM_DRAINED_5S; f >= ZM_DRAINED_100MS && status == 0; f--) {
        status = zm_find(evidence, (enum zm_figure)f, line->drained, &noise);
        if (line->drained[evidence->rows->baseline].spread.count)
            break;
    }
    return status;
}

int zm_summary_add(struct zm_summary *summary, const char *workload,
                   const struct zm_evidence *evidence)
{
    struct line *lines = realloc(summary->lines, (summary->count + 1) * sizeof *lines);
    if (!lines)
        return -ENOMEM;
    summary->lines = lines;
    struct line *line = &lines[summary->count];
    memset(line, 0, sizeof *line);
    snprintf(line->workload, sizeof line->workload, "%s", workload);
    double noise;
    int status = zm_find(evidence, ZM_WALL, line->wall, &noise);
    if (status == 0)
        status = zm_find(evidence, ZM_PEAK_MEMORY, line->rss, &noise);
    if (status == 0)
        status = zm_own_time_find(evidence, &line->own);
    if (status == 0)
        status = find_drained(evidence, line);
    bool fits;
    if (status == 0)
        status = zm_across_add(summary->across, evidence, &fits);
    summary->count += status == 0;
    return status;
}

/* ---- figures, negative if there is none ---- */

static double median_of(const struct zm_finding *finding)
{
    return finding->spread.count ? finding->spread.median : -1;
}

static double time_of(const struct line *line, size_t row)
{
    return median_of(&line->wall[row]);
}

static double own_time_of(const struct line *line, size_t row)
{
    return median_of(&line->own.findings[row]);
}

static double memory_of(const struct line *line, size_t row)
{
    return median_of(&line->rss[row]);
}

static double drained_of(const struct line *line, size_t row)
{
    return median_of(&line->drained[row]);
}

struct kind {
    const char *title;
    enum zm_quantity quantity;
    double (*of)(const struct line *line, size_t row);
};

static bool differs(const struct kind *kind, const struct line *line, size_t row)
{
    const struct zm_finding *finding = kind->of == memory_of     ? &line->rss[row]
                                       : kind->of == own_time_of ? &line->own.findings[row]
                                                                 : &line->wall[row];
    return zm_finding_differs(finding);
}

/* Whether what is left of the time can't be told from nothing. */
static bool is_on_the_floor(const struct kind *kind, const struct line *line, size_t row)
{
    return kind->of == own_time_of && line->own.floor.count > 0 && time_of(line, row) >= 0 &&
           !line->own.above[row];
}

/* The ratio of the largest figure to the smallest. */
static double spread(const struct zm_rows *rows, const struct kind *kind, const struct line *line)
{
    double min = -1, max = -1;
    for (size_t r = 0; r < rows->count; r++) {
        double value = kind->of(line, r);
        if (value <= 0 || rows->all[r].control || is_on_the_floor(kind, line, r))
            continue;
        min = min < 0 || value < min ? value : min;
        max = value > max ? value : max;
    }
    return min > 0 ? max / min : -1;
}

static void add_row(struct zm_table *table, const struct kind *kind, const struct line *line,
                    const struct zm_rows *rows, size_t r)
{
    char text[32];
    double value = kind->of(line, r), base = kind->of(line, rows->baseline);
    bool own = kind->of != own_time_of || base > OWN_SHARE_LEAST * time_of(line, rows->baseline);
    if (is_on_the_floor(kind, line, r))
        zm_table_cell(table, "0~");
    else if (value < 0)
        zm_table_cell(table, "-");
    else if (r == rows->baseline)
        zm_table_cell(table, "%s", zm_with_unit(kind->quantity, value, text, sizeof text));
    else if (base < 0 || !own || is_on_the_floor(kind, line, rows->baseline))
        zm_table_cell(table, "-");
    else
        zm_table_cell(table, "%s%s", zm_ratio(value, base, text, sizeof text),
                      kind->of == drained_of   ? "?"
                      : differs(kind, line, r) ? " "
                                               : "~");
}

/* The means over the workloads, with the same marks. */
static void add_means(struct zm_table *table, const struct zm_rows *rows,
                      const struct zm_ranking *ranking)
{
    char text[32];
    zm_table_cell(table, "geometric mean");
    for (size_t r = 0; r < rows->count; r++) {
        const struct zm_mean *mean = &ranking->means[r];
        bool told = mean->difference == ZM_LOWER || mean->difference == ZM_HIGHER;
        if (rows->all[r].control)
            continue;
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

static int print_table(const struct zm_summary *summary, const struct kind *kind,
                       const struct zm_ranking *ranking, FILE *out, bool colour)
{
    const struct zm_rows *rows = summary->rows;
    char alignment[ZM_ROWS_MAX + 4] = "l", text[32];
    size_t columns = 1;
    for (size_t r = 0; r < rows->count; r++)
        columns += !rows->all[r].control;
    memset(alignment + 1, 'r', columns);
    alignment[columns + 1] = '\0';
    struct zm_table *table = zm_table_new(alignment);
    if (!table)
        return -ENOMEM;
    zm_table_cell(table, "%s", kind->title);
    for (size_t r = 0; r < rows->count; r++) {
        if (!rows->all[r].control)
            zm_table_cell(table, "%s", rows->all[r].label);
    }
    zm_table_cell(table, "spread");
    for (size_t i = 0; i < summary->count; i++) {
        const struct line *line = &summary->lines[i];
        zm_table_cell(table, "%s", line->workload);
        for (size_t r = 0; r < rows->count; r++) {
            if (!rows->all[r].control)
                add_row(table, kind, line, rows, r);
        }
        double wide = spread(rows, kind, line);
        zm_table_cell(table, "%s", wide < 0 ? "-" : zm_ratio(wide, 1, text, sizeof text));
    }
    if (ranking && summary->count > 1)
        add_means(table, rows, ranking);
    int status = zm_table_print(table, out, colour);
    zm_table_free(table);
    putc('\n', out);
    return status;
}

size_t zm_summary_count(const struct zm_summary *summary)
{
    return summary->count;
}

static bool any_drained(const struct zm_summary *summary)
{
    for (size_t i = 0; i < summary->count; i++) {
        if (drained_of(&summary->lines[i], summary->rows->baseline) >= 0)
            return true;
    }
    return false;
}

static int print_tables(const struct zm_summary *summary, const struct zm_rankings *rankings,
                        FILE *out, bool colour)
{
    static const struct kind kinds[] = {
        {"wall time", ZM_SECONDS, time_of},
        {"wall time less the floor", ZM_SECONDS, own_time_of},
        {"peak RSS", ZM_BYTES, memory_of},
        {"RSS after the drain, of one run", ZM_BYTES, drained_of},
    };
    int status = 0;
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds && status == 0; k++) {
        const struct zm_ranking *ranking = kinds[k].of == time_of     ? &rankings->wall
                                           : kinds[k].of == memory_of ? &rankings->memory
                                                                      : NULL;
        if (kinds[k].of != drained_of || any_drained(summary))
            status = print_table(summary, &kinds[k], ranking, out, colour);
    }
    return status;
}

/* What all of it says, in words. */
static int print_headline(const struct zm_summary *summary, const struct zm_rankings *rankings,
                          FILE *out)
{
    struct zm_headline headline;
    const char **names = calloc(summary->count + 1, sizeof *names);
    if (!names)
        return -ENOMEM;
    for (size_t i = 0; i < summary->count; i++)
        names[i] = summary->lines[i].workload;
    int status = zm_headline_make(summary->across, rankings, names, &headline);
    free(names);
    if (status != 0)
        return status;
    char *text = NULL;
    if (asprintf(&text, "%s. %s", headline.title, headline.lead) < 0)
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

int zm_summary_print(const struct zm_summary *summary, FILE *out, bool colour)
{
    struct zm_rankings *rankings = malloc(sizeof *rankings);
    int status = rankings ? zm_rankings_find(summary->across, rankings) : -ENOMEM;
    if (status == 0)
        status = print_tables(summary, rankings, out, colour);
    if (status != 0) {
        free(rankings);
        return status;
    }
    zm_put_between(out, "medians; x: ratio to ", summary->rows->all[summary->rows->baseline].label,
                   ", lower is better\n");
    fputs("~: no difference beyond the noise, or too few blocks\n"
          "floor: the same work without an allocator, in each block; 0~: not to be told\n"
          "from it; -: not even a tenth of the time is the allocator's\n"
          "drain: all is freed, and the program idle for a while, in a run of its own;\n"
          "?: of one run, so that nobody knows the noise\n"
          "spread: highest by lowest\n",
          out);
    if (summary->count > 1)
        status = print_headline(summary, rankings, out);
    free(rankings);
    return status;
}
