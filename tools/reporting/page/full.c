/* The table of all figures. Where rows are few they are its columns, for which paper and phones
 * have room.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "markup.h"
#include "tables.h"

#include <string.h>

#define COLUMNS_MAX 8

struct full {
    const struct zm_page_section *section;
    size_t rows[ZM_ROWS_MAX], row_count;
    const struct zm_figure_info *figures[ZM_FIGURES];
    size_t figure_count;
};

static const char *direction(enum zm_direction better)
{
    return better == ZM_LESS_IS_BETTER   ? "less is better"
           : better == ZM_MORE_IS_BETTER ? "more is better"
                                         : "the program's own doing";
}

/* In words where a reader may not know the short title. */
static const char *title_of(const struct zm_figure_info *info)
{
    for (size_t f = 0; f < ZM_HEADLINE; f++) {
        if (zm_figure_at(f) == info)
            return zm_tables_title(f);
    }
    return info->title;
}

static void put_figure(FILE *out, const struct zm_figure_info *info, const char *scope)
{
    fprintf(out, "<th scope=%s title=\"%s\">", scope, direction(info->better));
    zm_html_prose(out, title_of(info));
    fputs("</th>", out);
}

static void put_row(FILE *out, const struct zm_page *page, const struct full *t, size_t r,
                    const char *scope)
{
    fprintf(out, "<th scope=%s>", scope);
    zm_tables_label(out, page, &t->section->evidence.rows->all[r]);
    fputs("</th>", out);
}

static void put_cell(FILE *out, const struct full *t, size_t r, const struct zm_figure_info *info)
{
    const struct zm_finding *f = &t->section->result->findings[info->figure][r];
    struct zm_scale scale = zm_scale_for(info->quantity, f->spread.median);
    char value[48];
    bool base = r == t->section->evidence.rows->baseline;
    bool changes = !base && f->interval.pairs > 0;
    /* More operations a second are better, and what is neither is in no colour. */
    enum zm_difference difference = f->difference;
    if (info->better == ZM_MORE_IS_BETTER && zm_finding_differs(f))
        difference = difference == ZM_LOWER ? ZM_HIGHER : ZM_LOWER;
    if (info->better == ZM_NEITHER_IS_BETTER || base)
        difference = ZM_NO_DIFFERENCE;
    if (zm_finding_differs(f) && difference != ZM_NO_DIFFERENCE)
        fprintf(out, "<td class=%s>", zm_markup_class(difference));
    else
        fputs("<td>", out);
    scale.decimals = scale.decimals > 2 ? 2 : scale.decimals;
    if (f->spread.median == 0 && zm_figure_least(info->figure) < ZM_FIGURES)
        zm_result_scale(t->section->result, t->section->evidence.rows, info->figure, &scale);
    zm_html_prose(
        out, zm_result_value(t->section->result, r, info->figure, &scale, value, sizeof value));
    if (strcmp(value, "-") != 0)
        fprintf(out, "%s%s", *scale.unit ? " " : "", scale.unit);
    if (changes) {
        fputs(" <small>", out);
        zm_markup_change(out, f->interval.ratio);
        fputs("</small>", out);
    }
    fputs("</td>", out);
}

static void find(struct full *t)
{
    const struct zm_figure_info *info;
    struct zm_scale scale;
    for (size_t r = 0; r < t->section->evidence.rows->count; r++) {
        if (t->section->result->good[r] > 0)
            t->rows[t->row_count++] = r;
    }
    for (size_t place = 0; (info = zm_figure_at(place)); place++) {
        if (info->title &&
            zm_result_scale(t->section->result, t->section->evidence.rows, info->figure, &scale))
            t->figures[t->figure_count++] = info;
    }
}

void zm_tables_full(FILE *out, const struct zm_page *page, const struct zm_page_section *section)
{
    struct full t = {.section = section};
    find(&t);
    if (t.row_count == 0)
        return;
    bool upright = t.row_count <= COLUMNS_MAX;
    size_t lines = upright ? t.figure_count : t.row_count;
    size_t columns = upright ? t.row_count : t.figure_count;
    fputs("<details><summary>All figures as a table</summary><div class=scroll tabindex=0>"
          "<table class=full><caption class=hidden>Medians of all figures</caption>"
          "<thead><tr><th scope=col>median</th>",
          out);
    for (size_t c = 0; c < columns; c++) {
        if (upright)
            put_row(out, page, &t, t.rows[c], "col");
        else
            put_figure(out, t.figures[c], "col");
    }
    fputs("</tr></thead><tbody>\n", out);
    for (size_t l = 0; l < lines; l++) {
        fputs("<tr>", out);
        if (upright)
            put_figure(out, t.figures[l], "row");
        else
            put_row(out, page, &t, t.rows[l], "row");
        for (size_t c = 0; c < columns; c++)
            put_cell(out, &t, t.rows[upright ? c : l], t.figures[upright ? l : c]);
        fputs("</tr>\n", out);
    }
    fputs("</tbody></table></div></details>\n", out);
}
