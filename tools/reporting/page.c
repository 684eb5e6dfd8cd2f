/* Writing the page: each machine with what is known of it, and then each workload there with its
 * verdict, plots and tables.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "page.h"

#include "change.h"
#include "html.h"
#include "plot.h"
#include "tools/results/circumstances.h"
#include "verdict.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { FOREST, PARETO, RSS, LATENCY, KINDS };
enum { A_TABLE = 4 }; /* figures in one table */

static const char *const captions[KINDS] = {
    "How much each differs: ratios with their 95 % intervals; left of 1 is better",
    "Time against memory: the dashed line joins those whose medians none is below in both",
    "Resident memory over time, in the run of median wall time",
    "Latency of sampled operations",
};

struct section {
    struct zm_evidence evidence;
    struct zm_result *result;
    int plots[KINDS];
};

static void change_cell(FILE *out, const struct zm_finding *finding, bool base)
{
    char text[48];
    const char *class = finding->difference == ZM_LOWER    ? "less"
                        : finding->difference == ZM_HIGHER ? "more"
                                                           : "same";
    fprintf(out, "<td class=%s>", class);
    zm_html_text(out, base ? "" : zm_change(finding, text, sizeof text));
    fputs("</td>", out);
}

static void put_row(FILE *out, const struct section *s, size_t r, const enum zm_figure *shown,
                    const struct zm_scale *scales, size_t count)
{
    fputs("<tr><th scope=row>", out);
    zm_html_text(out, s->evidence.rows->all[r].label);
    fputs("</th>", out);
    if (s->result->good[r] == 0) {
        fprintf(out, "<td class=failed colspan=%zu>failed %zu of %zu: ", 2 * count,
                s->result->failed[r], s->result->failed[r]);
        zm_html_text(out, s->result->reason[r] ? s->result->reason[r] : "not run");
        fputs("</td>", out);
        count = 0;
    }
    for (size_t f = 0; f < count; f++) {
        const struct zm_finding *finding = &s->result->findings[shown[f]][r];
        char value[48];
        fputs("<td>", out);
        zm_html_text(out, zm_result_value(s->result, r, shown[f], &scales[f], value, sizeof value));
        fputs("</td>", out);
        change_cell(out, finding, r == s->evidence.rows->baseline);
    }
    fputs("</tr>\n", out);
}

static void put_table(FILE *out, const struct section *s, const enum zm_figure *shown,
                      const struct zm_scale *scales, size_t count)
{
    fputs("<div class=scroll><table><thead><tr><th>backend</th>", out);
    for (size_t f = 0; f < count; f++) {
        const struct zm_figure_info *info = zm_figure_info(shown[f]);
        fprintf(out, "<th title=\"%s\">%s%s%s</th><th>%s</th>",
                info->better == ZM_LESS_IS_BETTER   ? "less is better"
                : info->better == ZM_MORE_IS_BETTER ? "more is better"
                                                    : "the program's own doing",
                info->title, *scales[f].unit ? ", " : "", scales[f].unit, "change, %");
    }
    fputs("</tr></thead>\n<tbody>\n", out);
    for (size_t r = 0; r < s->evidence.rows->count; r++)
        put_row(out, s, r, shown, scales, count);
    fputs("</tbody></table></div>\n", out);
}

/* Puts each figure that has a title, its change beside it, into tables that are no wider than
 * paper. */
static void put_tables(FILE *out, const struct section *s)
{
    enum zm_figure shown[ZM_FIGURES];
    struct zm_scale scales[ZM_FIGURES];
    size_t count = 0;
    const struct zm_figure_info *info;
    for (size_t place = 0; (info = zm_figure_at(place)); place++) {
        if (info->title &&
            zm_result_scale(s->result, s->evidence.rows, info->figure, &scales[count]))
            shown[count++] = info->figure;
    }
    fputs("<div class=tables>\n", out);
    for (size_t f = 0; f < count; f += A_TABLE)
        put_table(out, s, shown + f, scales + f, count - f < A_TABLE ? count - f : A_TABLE);
    fputs("</div>\n", out);
}

static void put_settings(FILE *out, const struct zm_rows *rows)
{
    bool any = false;
    for (size_t r = 0; r < rows->count; r++)
        any = any || (rows->all[r].settings && rows->all[r].settings[0] && !rows->all[r].control);
    if (!any)
        return;
    fputs("<details><summary>Settings</summary><dl>\n", out);
    for (size_t r = 0; r < rows->count; r++) {
        char *const *s = rows->all[r].control ? NULL : rows->all[r].settings;
        for (; s && *s; s++) {
            fputs("<dt>", out);
            zm_html_text(out, rows->all[r].label);
            fputs("</dt><dd><code>", out);
            zm_html_text(out, *s);
            fputs("</code></dd>\n", out);
        }
    }
    fputs("</dl></details>\n", out);
}

/* What the circumstances differ by from those of another section about the same. */
static int put_changed(FILE *out, const struct zm_dataset *d, const struct zm_group *group)
{
    char *changed = NULL;
    size_t size;
    FILE *text = open_memstream(&changed, &size);
    if (!text)
        return -ENOMEM;
    zm_circumstances_put(d, group->before, group, text);
    if (fclose(text) != 0) {
        free(changed);
        return -ENOMEM;
    }
    fputs("<p class=missing>In other circumstances than the section before: ", out);
    zm_html_text(out, changed);
    fputs("</p>\n", out);
    free(changed);
    return 0;
}

static int put_section(FILE *out, const struct zm_dataset *d, const struct zm_group *group,
                       const struct section *s, const struct zm_plots *plots)
{
    char *verdict = zm_verdict(&s->evidence, s->result);
    if (!verdict)
        return -ENOMEM;
    fputs("<section>\n<h3>", out);
    zm_html_text(out, group->workload);
    fputs("</h3>\n<p class=verdict>", out);
    zm_html_text(out, verdict);
    fprintf(out, "</p>\n<p class=note>%u blocks, seed %llu", s->result->blocks,
            (unsigned long long)group->seed);
    double noise = s->result->noise[ZM_WALL];
    if (noise > 0 && isfinite(noise))
        fprintf(out, "; noise floor of wall time %.1f %%", 100 * expm1(noise));
    fputs("</p>\n", out);
    free(verdict);
    if (group->before && put_changed(out, d, group) != 0)
        return -ENOMEM;
    if (plots->done) {
        fputs("<div class=figures>\n", out);
        for (size_t k = 0; k < KINDS; k++) {
            if (s->plots[k] >= 0) {
                fputs("<figure>", out);
                zm_plots_put(plots, s->plots[k], out);
                fprintf(out, "<figcaption>%s</figcaption></figure>\n", captions[k]);
            }
        }
        fputs("</div>\n", out);
    }
    put_tables(out, s);
    put_settings(out, &group->rows);
    fputs("</section>\n", out);
    return 0;
}

/* The end of the groups that are of the same machine as `from`. */
static size_t last_of(const struct zm_dataset *d, size_t from)
{
    size_t to = from;
    while (to < d->group_count && d->groups[to]->machine == d->groups[from]->machine)
        to++;
    return to;
}

static int plot_overview(const struct zm_dataset *d, const struct section *sections, size_t from,
                         size_t to, struct zm_plots *plots)
{
    struct zm_plot_workload *workloads = calloc(to - from, sizeof *workloads);
    if (!workloads)
        return -1;
    for (size_t g = from; g < to; g++)
        workloads[g - from] = (struct zm_plot_workload){d->groups[g]->workload, &d->groups[g]->rows,
                                                        sections[g].result};
    int number = zm_plot_workloads(plots, workloads, to - from);
    free(workloads);
    return number;
}

static int prepare(const struct zm_dataset *d, struct section *sections, int *overviews,
                   struct zm_plots *plots)
{
    for (size_t g = 0; g < d->group_count; g++) {
        const struct zm_group *group = d->groups[g];
        struct section *s = &sections[g];
        s->evidence = zm_group_evidence(group);
        s->result = zm_result_of(&s->evidence);
        if (!s->result)
            return -ENOMEM;
        s->plots[FOREST] = zm_plot_forest(plots, &group->rows, s->result);
        s->plots[PARETO] = zm_plot_pareto(plots, &group->rows, s->result);
        s->plots[RSS] = zm_plot_rss(plots, &s->evidence);
        s->plots[LATENCY] = zm_plot_latency(plots, &group->rows, s->result);
    }
    for (size_t from = 0, to; from < d->group_count; from = to) {
        to = last_of(d, from);
        overviews[from] = plot_overview(d, sections, from, to, plots);
    }
    return 0;
}

static int put_all(const struct zm_dataset *d, const struct section *sections, const int *overviews,
                   const struct zm_plots *plots, const char *missing, FILE *out)
{
    zm_html_begin(out, "Memory allocators compared");
    if (missing) {
        fputs("<p class=missing>This page has no figures: ", out);
        zm_html_text(out, missing);
        fputs(". The tables have it all.</p>\n", out);
    }
    if (d->left_out)
        fprintf(out, "<p class=missing>%zu damaged or unknown lines were left out.</p>\n",
                d->left_out);
    for (size_t from = 0, to; from < d->group_count; from = to) {
        to = last_of(d, from);
        zm_html_machine(out, &d->machines[d->groups[from]->machine]);
        if (plots->done && overviews[from] >= 0) {
            fputs("<figure class=overview>", out);
            zm_plots_put(plots, overviews[from], out);
            fputs("<figcaption>Wall time of each workload against its baseline</figcaption>"
                  "</figure>\n",
                  out);
        }
        for (size_t g = from; g < to; g++) {
            int status = put_section(out, d, d->groups[g], &sections[g], plots);
            if (status != 0)
                return status;
        }
    }
    zm_html_end(out);
    return 0;
}

int zm_page_write(const struct zm_dataset *d, FILE *out, const char **missing)
{
    struct zm_plots plots;
    struct section *sections = calloc(d->group_count, sizeof *sections);
    int *overviews = calloc(d->group_count, sizeof *overviews);
    int status = sections && overviews ? zm_plots_begin(&plots) : -ENOMEM;
    if (status == 0) {
        status = prepare(d, sections, overviews, &plots);
        if (status == 0) {
            *missing = zm_plots_draw(&plots);
            status = put_all(d, sections, overviews, &plots, *missing, out);
        }
        zm_plots_end(&plots);
    }
    for (size_t g = 0; sections && g < d->group_count; g++)
        free(sections[g].result);
    free(overviews);
    free(sections);
    return status;
}
