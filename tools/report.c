/* The comparison's tables: medians with ratios, then the ranges.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "report.h"

#include "statistics.h"
#include "table.h"
#include "units.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static double wall(const struct zm_sample *s)
{
    return s->wall_s;
}

static double cpu(const struct zm_sample *s)
{
    return s->user_s + s->sys_s;
}

static double peak_rss(const struct zm_sample *s)
{
    return (double)s->vmhwm_bytes;
}

static double minor_faults(const struct zm_sample *s)
{
    return (double)s->minflt;
}

static double peak_live(const struct zm_sample *s)
{
    return (double)s->peak_live_bytes;
}

static double allocations(const struct zm_sample *s)
{
    return (double)s->allocs;
}

static const struct figure {
    const char *title;
    enum zm_quantity quantity;
    bool lower_is_better; /* else it is the program's own doing */
    double (*of)(const struct zm_sample *);
} figures[] = {
    {"wall", ZM_SECONDS, true, wall},         {"CPU", ZM_SECONDS, true, cpu},
    {"peak RSS", ZM_BYTES, true, peak_rss},   {"minor faults", ZM_COUNT, true, minor_faults},
    {"peak live", ZM_BYTES, true, peak_live}, {"allocations", ZM_COUNT, false, allocations},
};

#define FIGURES (sizeof figures / sizeof *figures)

struct row {
    struct zm_spread spreads[FIGURES];
    double noise[FIGURES]; /* typical difference between two runs; negative: unknown */
    size_t good, failed;
    const char *reason; /* of the first that failed */
};

/* `values` has room for all samples. */
static void collect(const struct zm_report *report, const char *backend, double *values,
                    struct row *row)
{
    *row = (struct row){0};
    for (size_t i = 0; i < report->count; i++) {
        const struct zm_sample *s = &report->samples[i];
        if (strcmp(s->backend, backend) != 0)
            continue;
        if (s->ok)
            row->good++;
        else if (row->failed++ == 0)
            row->reason = s->reason;
    }
    for (size_t f = 0; f < FIGURES; f++) {
        size_t n = 0;
        for (size_t i = 0; i < report->count; i++) {
            const struct zm_sample *s = &report->samples[i];
            if (s->ok && strcmp(s->backend, backend) == 0)
                values[n++] = figures[f].of(s);
        }
        row->noise[f] = zm_typical_difference(values, n);
        row->spreads[f] = zm_spread(values, n);
    }
}

/* One scale a column, for medians and ranges alike. False where no sample counts. */
static bool choose_scales(const struct row *rows, size_t count, struct zm_scale scales[FIGURES])
{
    bool any = false;
    for (size_t f = 0; f < FIGURES; f++) {
        double largest = 0;
        for (size_t r = 0; r < count; r++) {
            any = any || rows[r].good;
            if (rows[r].good && rows[r].spreads[f].max > largest)
                largest = rows[r].spreads[f].max;
        }
        scales[f] = zm_scale_for(figures[f].quantity, largest);
    }
    return any;
}

/* Best: lower than every other row, as far as the digits shown tell. */
static bool is_best(const struct row *rows, size_t count, size_t r, size_t f,
                    const struct zm_scale *scale)
{
    if (!figures[f].lower_is_better)
        return false;
    char mine[32], other[32];
    zm_scaled(scale, rows[r].spreads[f].median, mine, sizeof mine);
    bool rival = false;
    for (size_t i = 0; i < count; i++) {
        if (i == r || rows[i].good == 0)
            continue;
        rival = true;
        zm_scaled(scale, rows[i].spreads[f].median, other, sizeof other);
        if (rows[i].spreads[f].median < rows[r].spreads[f].median || strcmp(mine, other) == 0)
            return false;
    }
    return rival;
}

static void add_header(struct zm_table *table, const struct zm_scale scales[FIGURES])
{
    zm_table_cell(table, "%s", "");
    for (size_t f = 0; f < FIGURES; f++)
        zm_table_cell(table, "%s", figures[f].title);
    zm_table_cell(table, "backend");
    for (size_t f = 0; f < FIGURES; f++)
        zm_table_cell(table, "%s", scales[f].unit);
}

static void add_medians(struct zm_table *table, const struct zm_report *report,
                        const struct row *rows, const struct zm_scale scales[FIGURES])
{
    const struct row *base = &rows[zm_backends_baseline(report->backends)];
    for (size_t r = 0; r < report->backends->count; r++) {
        zm_table_cell(table, "%s", report->backends->names[r]);
        if (rows[r].good == 0) {
            if (rows[r].failed)
                zm_table_aside(table, "failed %zu of %zu: %s", rows[r].failed, rows[r].failed,
                               rows[r].reason);
            else
                zm_table_aside(table, "not run");
            continue;
        }
        for (size_t f = 0; f < FIGURES; f++) {
            char value[32], ratio[32];
            zm_scaled(&scales[f], rows[r].spreads[f].median, value, sizeof value);
            zm_ratio(rows[r].spreads[f].median, base->spreads[f].median, ratio, sizeof ratio);
            if (is_best(rows, report->backends->count, r, f, &scales[f]))
                zm_table_best(table, "%s %5s", value, ratio);
            else
                zm_table_cell(table, "%s %5s", value, ratio);
        }
    }
}

static void add_ranges(struct zm_table *table, const struct zm_report *report,
                       const struct row *rows, const struct zm_scale scales[FIGURES])
{
    zm_table_aside(table, "%s", "");
    zm_table_aside(table, "lowest-highest");
    for (size_t r = 0; r < report->backends->count; r++) {
        if (rows[r].good == 0)
            continue;
        zm_table_cell(table, "%s", report->backends->names[r]);
        for (size_t f = 0; f < FIGURES; f++) {
            char low[32], high[32];
            zm_scaled(&scales[f], rows[r].spreads[f].min, low, sizeof low);
            zm_scaled(&scales[f], rows[r].spreads[f].max, high, sizeof high);
            if (strcmp(low, high) == 0)
                zm_table_cell(table, "%s", low);
            else
                zm_table_cell(table, "%s-%s", low, high);
        }
    }
}

static void print_noise(const struct row *rows, size_t count, double *values, FILE *out)
{
    const char *before = "noise of two equal runs:";
    for (size_t f = 0; f < FIGURES; f++) {
        size_t n = 0;
        for (size_t r = 0; r < count; r++) {
            if (rows[r].noise[f] >= 0)
                values[n++] = rows[r].noise[f];
        }
        if (n == 0 || figures[f].of == peak_live || figures[f].of == allocations)
            continue; /* the program's doing: hardly any */
        fprintf(out, "%s %s %.1f %%", before, figures[f].title, 100 * zm_spread(values, n).median);
        before = ",";
    }
    if (before[0] == ',')
        putc('\n', out);
}

static void print_notes(const struct zm_report *report, const struct row *rows, FILE *out)
{
    const struct zm_backend_list *backends = report->backends;
    bool partly = false;
    for (size_t r = 0; r < backends->count; r++) {
        size_t runs = rows[r].good + rows[r].failed;
        if (rows[r].failed && rows[r].good) /* else its row says so */
            fprintf(out, "FAILED %s: %zu of %zu samples: %s\n", backends->names[r], rows[r].failed,
                    runs, rows[r].reason);
        partly = partly || runs < report->blocks;
    }
    fprintf(out, "workload: %s\n", report->workload);
    fprintf(out, "medians of %u block%s%s in shuffled order, seed %llu; x: ratio to %s\n",
            report->blocks, report->blocks == 1 ? "" : "s",
            partly ? " asked for, not all run," : "", (unsigned long long)report->seed,
            backends->names[zm_backends_baseline(backends)]);
    fputs("lower is better; allocations (of all processes) are the command's own doing\n"
          "CPU, faults: the command and the children it waited for; peaks: its largest process\n",
          out);
}

int zm_report_print(const struct zm_report *report, FILE *out, bool colour)
{
    size_t rows_count = report->backends->count;
    size_t room = report->count > rows_count ? report->count : rows_count;
    struct row *rows = calloc(rows_count, sizeof *rows);
    double *values = calloc(room, sizeof *values);
    struct zm_table *table = zm_table_new("lrrrrrr");
    int status = -ENOMEM;
    if (rows && values && table) {
        struct zm_scale scales[FIGURES];
        for (size_t r = 0; r < rows_count; r++)
            collect(report, report->backends->names[r], values, &rows[r]);
        bool any = choose_scales(rows, rows_count, scales);
        if (any)
            add_header(table, scales);
        add_medians(table, report, rows, scales);
        if (any && report->blocks > 1)
            add_ranges(table, report, rows, scales);
        status = zm_table_print(table, out, colour);
    }
    if (status == 0) {
        putc('\n', out);
        print_notes(report, rows, out);
        print_noise(rows, rows_count, values, out);
    }
    zm_table_free(table);
    free(values);
    free(rows);
    return status;
}
