/* The script for each plot. Text from elsewhere is stripped of all characters that mean something
 * to gnuplot.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "plot.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define WIDTH 480 /* narrow enough that a phone does not make the text too small */
#define GREY  "#888888"

/* Colours that can be told apart on white and on black. */
static const char *const colours[] = {"#3b82c4", "#e07b39", "#3a9b5c", "#c94f7c",
                                      "#8a6fc8", "#a08a2c", "#3aa0a0", "#b06040"};

static const char *colour_of(const struct zm_rows *rows, size_t r)
{
    return rows->all[r].control ? GREY : colours[r % (sizeof colours / sizeof *colours)];
}

static const char *plain(const char *text, char *buf, size_t size)
{
    size_t n = 0;
    for (; *text && n + 1 < size; text++)
        buf[n++] = isalnum((unsigned char)*text) || strchr(" _.,:=+()/-%", *text) ? *text : '?';
    buf[n] = '\0';
    return buf;
}

static FILE *begin(struct zm_plots *plots, int height)
{
    FILE *f = plots->script;
    fprintf(f,
            "reset\n"
            "set terminal svg size %d,%d dynamic noenhanced font 'sans-serif,12'\n"
            "set output '%s/%d.svg'\n"
            "set border 3 lc rgb '" GREY "'\n"
            "set grid lc rgb '" GREY "' lw 0.3 dt 3\n"
            "set tics nomirror\n",
            WIDTH, height, plots->directory, plots->count);
    return f;
}

static int end(struct zm_plots *plots)
{
    fputs("set output\n", plots->script);
    return plots->count++;
}

static double median(const struct zm_result *result, size_t row, enum zm_figure figure)
{
    return result->findings[figure][row].spread.median;
}

/* Series named '-' follow in the script itself, and each ends with a line "e". */
int zm_plot_forest(struct zm_plots *plots, const struct zm_rows *rows,
                   const struct zm_result *result)
{
    static const enum zm_figure figures[] = {ZM_WALL, ZM_CPU, ZM_PEAK_MEMORY};
    size_t shown[ZM_ROWS_MAX], count = 0;
    for (size_t r = 0; r < rows->count; r++) {
        if (r != rows->baseline && result->findings[ZM_WALL][r].interval.pairs > 0)
            shown[count++] = r;
    }
    if (!plots->script || count == 0)
        return -1;
    char label[64];
    FILE *f = begin(plots, 110 + 44 * (int)count);
    fprintf(f, "set xlabel 'ratio to %s, 95%% interval'\nset key below\nset yrange [%zu.6:0.4]\n",
            plain(rows->all[rows->baseline].label, label, sizeof label), count);
    fputs("set arrow 1 from first 1, graph 0 to first 1, graph 1 nohead lc rgb '" GREY
          "' lw 1.5\nset ytics (",
          f);
    for (size_t i = 0; i < count; i++)
        fprintf(f, "%s'%s' %zu", i ? ", " : "",
                plain(rows->all[shown[i]].label, label, sizeof label), i + 1);
    fputs(")\nplot 1/0 notitle", f); /* draws nothing, so that all others begin with a comma */
    for (size_t k = 0; k < 3; k++)
        fprintf(f, ", '-' using 1:2:3:4 with xerrorbars pt 7 ps 0.6 lw 2 lc rgb '%s' title '%s'",
                colours[k], zm_figure_info(figures[k])->title);
    putc('\n', f);
    for (size_t k = 0; k < 3; k++) {
        for (size_t i = 0; i < count; i++) {
            const struct zm_interval *v = &result->findings[figures[k]][shown[i]].interval;
            double low = zm_interval_known(v) ? v->low : v->ratio;
            double high = zm_interval_known(v) ? v->high : v->ratio;
            if (v->pairs > 0)
                fprintf(f, "%g %g %g %g\n", v->ratio, (double)i + 0.8 + 0.2 * (double)k, low, high);
        }
        fputs("e\n", f);
    }
    return end(plots);
}

struct point {
    double x, y;
};

static int by_x(const void *a, const void *b)
{
    const struct point *p = a, *q = b;
    return p->x != q->x ? (p->x > q->x) - (p->x < q->x) : (p->y > q->y) - (p->y < q->y);
}

int zm_plot_pareto(struct zm_plots *plots, const struct zm_rows *rows,
                   const struct zm_result *result)
{
    struct point points[ZM_ROWS_MAX];
    size_t shown[ZM_ROWS_MAX], count = 0;
    for (size_t r = 0; r < rows->count; r++) {
        if (!rows->all[r].control && zm_result_has(result, r, ZM_WALL) &&
            zm_result_has(result, r, ZM_PEAK_MEMORY)) {
            shown[count] = r;
            points[count++] = (struct point){median(result, r, ZM_WALL),
                                             median(result, r, ZM_PEAK_MEMORY) / (1 << 20)};
        }
    }
    if (!plots->script || count < 2)
        return -1;
    char label[64];
    FILE *f = begin(plots, 340);
    fputs(
        "set xlabel 'wall time, s (less is better)'\nset ylabel 'peak RSS, MiB (less is better)'\n"
        "set key below\nset offsets graph 0.08, graph 0.08, graph 0.08, graph 0.08\n"
        "plot '-' using 1:2 with steps lc rgb '" GREY "' dt 2 title 'Pareto front'",
        f);
    for (size_t i = 0; i < count; i++)
        fprintf(f, ", '-' using 1:2 with points pt 7 ps 1 lc rgb '%s' title '%s'",
                colour_of(rows, shown[i]), plain(rows->all[shown[i]].label, label, sizeof label));
    putc('\n', f);
    struct point sorted[ZM_ROWS_MAX];
    memcpy(sorted, points, count * sizeof *points);
    qsort(sorted, count, sizeof *sorted, by_x);
    double lowest = INFINITY;
    for (size_t i = 0; i < count; i++) {
        if (sorted[i].y < lowest)
            fprintf(f, "%g %g\n", sorted[i].x, lowest = sorted[i].y);
    }
    fputs("e\n", f);
    for (size_t i = 0; i < count; i++)
        fprintf(f, "%g %g\ne\n", points[i].x, points[i].y);
    return end(plots);
}

/* The timeline of the run whose wall time is nearest to the row's median. */
static const struct zm_timeline *typical(const struct zm_evidence *e, size_t row)
{
    const struct zm_timeline *found = NULL;
    double values[ZM_ROWS_MAX * 16], nearest = INFINITY;
    size_t count = 0;
    for (size_t i = 0; i < e->count && count < sizeof values / sizeof *values; i++) {
        if (e->samples[i].ok && e->samples[i].row == &e->rows->all[row] && e->samples[i].rss)
            values[count++] = e->samples[i].values[ZM_WALL];
    }
    double middle = zm_spread(values, count).median;
    for (size_t i = 0; i < e->count; i++) {
        const struct zm_sample *s = &e->samples[i];
        if (!s->ok || s->row != &e->rows->all[row] || !s->rss || s->rss->count < 2)
            continue;
        double off = fabs(s->values[ZM_WALL] - middle);
        if (off < nearest) {
            nearest = off;
            found = s->rss;
        }
    }
    return found;
}

int zm_plot_rss(struct zm_plots *plots, const struct zm_evidence *e)
{
    const struct zm_timeline *lines[ZM_ROWS_MAX];
    size_t shown[ZM_ROWS_MAX], count = 0;
    for (size_t r = 0; r < e->rows->count; r++) {
        lines[count] = e->rows->all[r].control ? NULL : typical(e, r);
        if (lines[count])
            shown[count++] = r;
    }
    if (!plots->script || count == 0)
        return -1;
    char label[64];
    FILE *f = begin(plots, 340);
    fputs("set xlabel 's'\nset ylabel 'RSS, MiB'\nset key below\nset yrange [0:*]\nplot ", f);
    for (size_t i = 0; i < count; i++)
        fprintf(f, "%s'-' using 1:2 with lines lw 1.6 lc rgb '%s' title '%s'", i ? ", " : "",
                colour_of(e->rows, shown[i]),
                plain(e->rows->all[shown[i]].label, label, sizeof label));
    putc('\n', f);
    for (size_t i = 0; i < count; i++) {
        for (size_t p = 0; p < lines[i]->count; p++)
            fprintf(f, "%g %g\n", lines[i]->points[p].s, lines[i]->points[p].bytes / (1 << 20));
        fputs("e\n", f);
    }
    return end(plots);
}

int zm_plot_latency(struct zm_plots *plots, const struct zm_rows *rows,
                    const struct zm_result *result)
{
    size_t shown[ZM_ROWS_MAX], count = 0;
    for (size_t r = 0; r < rows->count; r++) {
        if (!rows->all[r].control && zm_result_has(result, r, ZM_LATENCY_P50))
            shown[count++] = r;
    }
    if (!plots->script || count == 0)
        return -1;
    char label[64];
    FILE *f = begin(plots, 340);
    fputs("set ylabel 'latency, ns (less is better)'\nset logscale y\nset key below\n"
          "set xrange [-0.3:3.3]\nset xtics ('p50' 0, 'p99' 1, 'p99.9' 2, 'max' 3)\nplot ",
          f);
    for (size_t i = 0; i < count; i++)
        fprintf(f, "%s'-' using 1:2 with linespoints pt 7 ps 0.7 lw 1.6 lc rgb '%s' title '%s'",
                i ? ", " : "", colour_of(rows, shown[i]),
                plain(rows->all[shown[i]].label, label, sizeof label));
    putc('\n', f);
    for (size_t i = 0; i < count; i++) {
        for (size_t p = 0; p < 4; p++) {
            enum zm_figure figure = (enum zm_figure)(ZM_LATENCY_P50 + p);
            if (zm_result_has(result, shown[i], figure) && median(result, shown[i], figure) > 0)
                fprintf(f, "%zu %g\n", p, median(result, shown[i], figure));
        }
        fputs("e\n", f);
    }
    return end(plots);
}

/* One row of each label in any workload, but neither controls nor baselines. Returns how many. */
static size_t all_labels(const struct zm_plot_workload *workloads, size_t count,
                         const struct zm_row **out)
{
    size_t found = 0;
    for (size_t w = 0; w < count; w++) {
        for (size_t r = 0; r < workloads[w].rows->count && found < ZM_ROWS_MAX; r++) {
            const struct zm_row *row = &workloads[w].rows->all[r];
            size_t i = 0;
            while (i < found && strcmp(out[i]->label, row->label) != 0)
                i++;
            if (i == found && !row->control && r != workloads[w].rows->baseline)
                out[found++] = row;
        }
    }
    return found;
}

int zm_plot_workloads(struct zm_plots *plots, const struct zm_plot_workload *workloads,
                      size_t count)
{
    const struct zm_row *labels[ZM_ROWS_MAX];
    size_t label_count = all_labels(workloads, count, labels);
    if (!plots->script || count < 2 || label_count == 0)
        return -1;
    char text[24];
    double step = 0.8 / (double)label_count;
    FILE *f = begin(plots, 110 + (int)(count * (12 + 9 * label_count)));
    fprintf(f,
            "set xlabel 'wall time against the baseline (less is better)'\nset key below\n"
            "set style fill solid 0.9\nset yrange [%zu.5:0.5]\nset xrange [0:*]\n"
            "set arrow 1 from first 1, graph 0 to first 1, graph 1 nohead front lc rgb '" GREY
            "' lw 1.5\nset ytics (",
            count);
    for (size_t w = 0; w < count; w++)
        fprintf(f, "%s'%s' %zu", w ? ", " : "", plain(workloads[w].name, text, sizeof text), w + 1);
    fputs(")\nplot ", f);
    for (size_t l = 0; l < label_count; l++)
        fprintf(f, "%s'-' using 1:2:3:4:5:6 with boxxyerror lc rgb '%s' title '%s'", l ? ", " : "",
                colours[(l + 1) %
                        (sizeof colours / sizeof *colours)], /* the first one is the baseline's */
                plain(labels[l]->label, text, sizeof text));
    putc('\n', f);
    for (size_t l = 0; l < label_count; l++) {
        for (size_t w = 0; w < count; w++) {
            const struct zm_rows *rows = workloads[w].rows;
            double top = (double)w + 0.6 + step * (double)l, ratio = 0;
            for (size_t r = 0; r < rows->count; r++) {
                if (strcmp(rows->all[r].label, labels[l]->label) == 0)
                    ratio = workloads[w].result->findings[ZM_WALL][r].interval.ratio;
            }
            fprintf(f, "%g %g 0 %g %g %g\n", ratio, top, ratio, top, top + 0.9 * step);
        }
        fputs("e\n", f);
    }
    return end(plots);
}
