/* The ranking, the heat tables, and the forest table of one workload.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "tables.h"

#include "markup.h"
#include "strips.h"

#include <math.h>
#include <string.h>

static const struct {
    const char *title, *key;
} columns[ZM_HEADLINE] = {{"Wall time", "wall"}, {"CPU time", "cpu"}, {"Peak memory", "mem"}};

const char *zm_tables_title(size_t place)
{
    return columns[place].title;
}

void zm_tables_label(FILE *out, const struct zm_page *page, const struct zm_row *row)
{
    fprintf(out, "<i class=\"hue h%zu\"></i>", zm_page_hue(page, row));
    zm_html_prose(out, row->label);
}

static void begin(FILE *out, const char *class, const char *caption, const char *base)
{
    fprintf(out, "<table class=\"%s\"><caption class=hidden>", class);
    zm_html_prose(out, caption);
    if (base)
        zm_markup_between(out, " against ", base, "");
    fputs("</caption>", out);
}

/* ---- the ranking ---- */

static void put_tally(FILE *out, const struct zm_page_part *part, const char *label)
{
    size_t told[ZM_HIGHER + 1] = {0};
    for (size_t s = 0; s < part->count; s++) {
        const struct zm_page_section *section = &part->sections[s];
        const struct zm_row *row = zm_page_row(section, label);
        if (section->in_mean && row)
            told[section->result->findings[ZM_WALL][row - section->evidence.rows->all]
                     .difference]++;
    }
    size_t open = told[ZM_NO_DIFFERENCE] + told[ZM_DIFFERENCE_UNKNOWN];
    fputs("<span class=tally aria-hidden=true>", out);
    for (size_t i = 0; i < told[ZM_LOWER]; i++)
        fputs("<i class=less></i>", out);
    for (size_t i = 0; i < told[ZM_HIGHER]; i++)
        fputs("<i class=more></i>", out);
    for (size_t i = 0; i < open; i++)
        fputs("<i></i>", out);
    fprintf(out, "</span><small>%zu faster", told[ZM_LOWER]);
    if (told[ZM_HIGHER])
        fprintf(out, ", %zu slower", told[ZM_HIGHER]);
    if (open)
        fprintf(out, ", %zu not told", open);
    fputs("</small>", out);
}

/* Of a row that some workloads lack, or in which it failed. */
static void put_lacking(FILE *out, const struct zm_page_part *part, const struct zm_mean *mean)
{
    size_t all = part->across->workload_count;
    if (!zm_interval_known(&mean->interval))
        fputs("<small>too few blocks, or failed</small>", out);
    else if (mean->workloads < all)
        fprintf(out, "<small>of %zu of %zu workloads: it can't win</small>", mean->workloads, all);
}

void zm_tables_ranking(FILE *out, const struct zm_page *page, const struct zm_page_part *part)
{
    const struct zm_ranking *wall = &part->rankings.wall, *memory = &part->rankings.memory;
    const char *base = part->across->rows[part->across->baseline].label;
    struct zm_axes axes = {.one = 0.5};
    for (size_t i = 0; i < wall->count; i++) {
        zm_axes_add(&axes, 0, &wall->means[wall->order[i]].interval);
        zm_axes_add(&axes, 1, &memory->means[wall->order[i]].interval);
    }
    zm_axes_finish(&axes, 2);
    begin(out, "forest ranking", "Mean over the workloads,", base);
    zm_markup_between(out, "<thead><tr><th scope=col>against ", base, "</th>");
    zm_strips_head(out, &axes, 0, "Time");
    zm_strips_head(out, &axes, 1, "Peak memory");
    fprintf(out, "</tr></thead><tbody style=\"--o:%.3f\">\n", axes.one);
    for (size_t i = 0; i < wall->count; i++) {
        size_t r = wall->order[i];
        fprintf(out, "<tr%s><th scope=row>", i < wall->competing ? "" : " class=early");
        zm_tables_label(out, page, zm_page_row_anywhere(part, part->across->rows[r].label));
        put_tally(out, part, part->across->rows[r].label);
        put_lacking(out, part, &wall->means[r]);
        fputs("</th>", out);
        zm_strips_cell(out, &axes, 0, "time", &wall->means[r].interval, wall->means[r].difference,
                       NULL);
        zm_strips_cell(out, &axes, 1, "mem", &memory->means[r].interval,
                       memory->means[r].difference, NULL);
        fputs("</tr>\n", out);
    }
    fputs("</tbody></table>\n", out);
}

/* ---- heat ---- */

static void heat_cell(FILE *out, const struct zm_interval *i, enum zm_difference difference,
                      const char *otherwise)
{
    if (i->pairs == 0) {
        zm_markup_between(out, "<td class=none>", otherwise, "</td>");
        return;
    }
    double strength = fmin(1, fabs(log2(i->ratio)));
    fprintf(out, "<td class=%s style=\"--a:%.2f\"><b>", zm_markup_class(difference), strength);
    zm_markup_change(out, i->ratio);
    fputs("</b> <small>", out);
    zm_markup_range(out, i);
    fputs("</small>", out);
    if (difference == ZM_NO_DIFFERENCE) /* which else only the hatching says */
        fputs("<span class=hidden> not told</span>", out);
    fputs("</td>", out);
}

static const struct zm_ranking *ranking_of(const struct zm_page_part *part, size_t place)
{
    return place == 0   ? &part->rankings.wall
           : place == 1 ? &part->rankings.cpu
                        : &part->rankings.memory;
}

/* The rows are columns, in the order of the ranking by time. */
static void heat_head(FILE *out, const struct zm_page *page, const struct zm_page_part *part,
                      const char *corner)
{
    const struct zm_ranking *wall = &part->rankings.wall;
    fprintf(out, "<thead><tr><th scope=col>%s</th>", corner);
    for (size_t i = 0; i < wall->count; i++) {
        fputs("<th scope=col>", out);
        zm_tables_label(out, page,
                        zm_page_row_anywhere(part, part->across->rows[wall->order[i]].label));
        fputs("</th>", out);
    }
    fputs("</tr></thead><tbody>\n", out);
}

static void heat_line(FILE *out, const struct zm_page_part *part,
                      const struct zm_page_section *section, size_t place)
{
    const struct zm_ranking *wall = &part->rankings.wall;
    enum zm_figure figure = zm_figure_at(place)->figure;
    fprintf(out, "<tr><th scope=row><a href=\"#w%zu\">", section->number);
    zm_html_prose(out, section->name);
    fputs("</a></th>", out);
    for (size_t i = 0; i < wall->count; i++) {
        const struct zm_row *row = zm_page_row(section, part->across->rows[wall->order[i]].label);
        static const struct zm_finding nothing;
        size_t r = row ? (size_t)(row - section->evidence.rows->all) : 0;
        const struct zm_finding *f = row ? &section->result->findings[figure][r] : &nothing;
        heat_cell(out, &f->interval, f->difference,
                  row && section->result->failed[r] ? "failed" : "not run");
    }
    fputs("</tr>\n", out);
}

static const char *heat_class(const struct zm_page_part *part)
{
    return part->rankings.wall.count > 8 ? "heat wide" : "heat";
}

void zm_tables_heat(FILE *out, const struct zm_page *page, const struct zm_page_part *part,
                    size_t place)
{
    const struct zm_ranking *wall = &part->rankings.wall, *ranking = ranking_of(part, place);
    fputs("<div class=scroll>", out);
    begin(out, heat_class(part), columns[place].title,
          part->across->rows[part->across->baseline].label);
    heat_head(out, page, part, "<span class=hidden>workload</span>");
    for (size_t s = 0; s < part->count; s++) {
        if (part->sections[s].in_mean)
            heat_line(out, part, &part->sections[s], place);
    }
    fputs("<tr class=mean><th scope=row>geometric mean</th>", out);
    for (size_t i = 0; i < wall->count; i++) {
        const struct zm_mean *mean = &ranking->means[wall->order[i]];
        heat_cell(out, &mean->interval, mean->difference, "none");
    }
    fputs("</tr></tbody></table></div>\n", out);
}

/* The columns are the first machine's rows; what only others have is in their own parts. */
void zm_tables_machines(FILE *out, const struct zm_page *page, size_t place)
{
    const struct zm_page_part *first = &page->parts[0];
    const struct zm_ranking *wall = &first->rankings.wall;
    fputs("<div class=scroll>", out);
    begin(out, heat_class(first), columns[place].title, NULL);
    heat_head(out, page, first, "<span class=hidden>machine</span>");
    for (size_t p = 0; p < page->part_count; p++) {
        const struct zm_page_part *part = &page->parts[p];
        const struct zm_ranking *ranking = ranking_of(part, place);
        fprintf(out, "<tr><th scope=row><a href=\"#m%zu\">", part->number);
        zm_html_prose(out, part->machine->name);
        fputs("</a></th>", out);
        for (size_t i = 0; i < wall->count; i++) {
            static const struct zm_mean nothing;
            size_t r = zm_across_find(part->across, first->across->rows[wall->order[i]].label);
            const struct zm_mean *mean = r < ZM_ROWS_MAX ? &ranking->means[r] : &nothing;
            heat_cell(out, &mean->interval, mean->difference, "not run");
        }
        fputs("</tr>\n", out);
    }
    fputs("</tbody></table></div>\n", out);
}

/* ---- one workload ---- */

static void put_failure(FILE *out, const struct zm_result *result, size_t r, size_t columns_wide)
{
    fprintf(out, "<td class=failed colspan=%zu>", columns_wide);
    if (result->failed[r])
        fprintf(out, "failed %zu of %zu: ", result->failed[r], result->failed[r]);
    zm_html_prose(out, result->failed[r] ? result->reason[r] : "not run");
    fputs("</td>", out);
}

static const char *value_of(const struct zm_page_section *s, size_t r, enum zm_figure figure,
                            char *buf, size_t size)
{
    const struct zm_spread *spread = &s->result->findings[figure][r].spread;
    if (spread->count == 0)
        snprintf(buf, size, "-");
    else
        zm_markup_value(zm_figure_info(figure)->quantity, spread->median, buf, size);
    return buf;
}

static void forest_row(FILE *out, const struct zm_page *page, const struct zm_page_section *s,
                       const struct zm_axes *axes, size_t r)
{
    const struct zm_row *row = &s->evidence.rows->all[r];
    bool base = r == s->evidence.rows->baseline;
    size_t good = s->result->good[r], failed = s->result->failed[r];
    bool few = good > 0 && good < ZM_INTERVAL_PAIRS && s->result->blocks >= ZM_INTERVAL_PAIRS;
    fprintf(out, "<tr class=\"%s%s\"><th scope=row>",
            base           ? "base"
            : row->control ? "control"
                           : "",
            few ? " early" : "");
    zm_tables_label(out, page, row);
    if (few)
        fprintf(out, " <small>%zu block%s</small>", good, good == 1 ? "" : "s");
    if (failed && good)
        fprintf(out, " <small class=failed>%zu of %zu failed</small>", failed, failed + good);
    fputs("</th>", out);
    if (good == 0) {
        put_failure(out, s->result, r, ZM_HEADLINE);
    } else {
        for (size_t f = 0; f < ZM_HEADLINE; f++) {
            enum zm_figure figure = zm_figure_at(f)->figure;
            const struct zm_finding *finding = &s->result->findings[figure][r];
            char value[48];
            value_of(s, r, figure, value, sizeof value);
            if (base)
                zm_strips_base(out, columns[f].key, value);
            else
                zm_strips_cell(out, axes, f, columns[f].key, &finding->interval,
                               finding->difference, value);
        }
    }
    fputs("</tr>\n", out);
}

void zm_tables_forest(FILE *out, const struct zm_page *page, const struct zm_page_section *s)
{
    struct zm_axes axes = {.one = 0.5};
    size_t order[ZM_ROWS_MAX], count = zm_page_order(s, order);
    const char *base = s->evidence.rows->all[s->evidence.rows->baseline].label;
    for (size_t f = 0; f < ZM_HEADLINE; f++) {
        for (size_t i = 0; i < count; i++)
            zm_axes_add(&axes, f, &s->result->findings[zm_figure_at(f)->figure][order[i]].interval);
    }
    zm_axes_finish(&axes, ZM_HEADLINE);
    begin(out, "forest", s->name, base);
    zm_markup_between(out, "<thead><tr><th scope=col>against ", base, "</th>");
    for (size_t f = 0; f < ZM_HEADLINE; f++)
        zm_strips_head(out, &axes, f, columns[f].title);
    fprintf(out, "</tr></thead><tbody style=\"--o:%.3f\">\n", axes.one);
    forest_row(out, page, s, &axes, s->evidence.rows->baseline);
    for (size_t i = 0; i < count; i++)
        forest_row(out, page, s, &axes, order[i]);
    fputs("</tbody></table>\n", out);
}
