/* Writing the sections.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "sections.h"

#include "commands.h"
#include "markup.h"
#include "tables.h"
#include "tools/common/host.h"
#include "tools/reporting/verdict.h"
#include "tools/results/circumstances.h"
#include "tools/statistics/own_time.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define NOISY 0.1 /* as a logarithm: so far is the baseline from itself */

/* ---- advice ---- */

static void warn_of_load(FILE *out, const struct zm_machine *machine)
{
    const json_t *host = json_object_get(machine->run, "host");
    double load = json_number_value(json_object_get(host, "load"));
    json_int_t cores = json_integer_value(json_object_get(host, "cores"));
    if (cores > 0 && zm_load_is_high(load, (unsigned long long)cores))
        fprintf(
            out,
            "<p class=warn>The machine was busy: a load of %.1f on %lld core%s before the first "
            "run. Intervals are wider for it.</p>\n",
            load, (long long)cores, cores == 1 ? "" : "s");
}

/* Workloads in which the noise hides what might matter. */
static void warn_of_noise(FILE *out, const struct zm_page_part *part)
{
    size_t told = 0;
    for (size_t s = 0; s < part->count; s++) {
        double noise = part->sections[s].result->noise[ZM_WALL];
        if (noise <= NOISY || !isfinite(noise))
            continue;
        if (told++ == 0)
            zm_markup_between(out, "<p class=warn>",
                              part->across->rows[part->across->baseline].label,
                              " differs from itself by up to more than 10&nbsp;% in ");
        zm_markup_between(out, told > 1 ? ", " : "", part->sections[s].name, "");
    }
    if (told > 0)
        fputs(": smaller differences are not told there.</p>\n", out);
}

static void warn_of_failures(FILE *out, const struct zm_page_part *part)
{
    size_t failed = 0;
    for (size_t s = 0; s < part->count; s++) {
        for (size_t r = 0; r < part->sections[s].evidence.rows->count; r++)
            failed += part->sections[s].result->failed[r];
    }
    if (failed > 0)
        fprintf(out, "<p class=warn>%zu run%s failed, and %s in no figure.</p>\n", failed,
                failed == 1 ? "" : "s", failed == 1 ? "is" : "are");
}

int zm_sections_advice(FILE *out, const struct zm_page *page, const struct zm_page_part *part)
{
    int status = 0;
    if (part->headline.best < ZM_ROWS_MAX)
        status = zm_commands_use(out, page, part, part->across->rows[part->headline.best].label);
    warn_of_load(out, part->machine);
    warn_of_noise(out, part);
    warn_of_failures(out, part);
    return status;
}

/* ---- a workload ---- */

static void put_figure(FILE *out, const char *chart, char kind, size_t number, const char *title,
                       const char *note)
{
    fprintf(out,
            "<figure data-chart=%s data-of=%c%zu><figcaption><b>%s</b> %s</figcaption>"
            "<div class=plot></div></figure>\n",
            chart, kind, number, title, note);
}

/* What the circumstances differ by from those of another section about the same. */
static int put_changed(FILE *out, const struct zm_dataset *d, const struct zm_group *group)
{
    char *changed = zm_circumstances_text(d, group->before, group);
    if (!changed)
        return -ENOMEM;
    zm_markup_between(
        out, "<p class=warn>In other circumstances than the section before: ", changed, "</p>\n");
    free(changed);
    return 0;
}

static int put_note(FILE *out, const struct zm_page_section *s)
{
    double noise = s->result->noise[ZM_WALL];
    struct zm_own_time *own = malloc(sizeof *own);
    char text[32];
    int status = own ? zm_own_time_find(&s->evidence, own) : -ENOMEM;
    fprintf(out, "<p class=note>%u block%s", s->result->blocks, s->result->blocks == 1 ? "" : "s");
    if (noise > 0 && isfinite(noise)) {
        zm_markup_between(out, " · ", s->evidence.rows->all[s->evidence.rows->baseline].label, "");
        fprintf(out, " against itself: up to %.1f&nbsp;%% apart", 100 * expm1(noise));
    }
    if (status == 0 && own->floor.count > 0)
        fprintf(out, " · %s without an allocator",
                zm_with_unit(ZM_SECONDS, own->floor.median, text, sizeof text));
    fprintf(out, " · seed %llu</p>\n", (unsigned long long)s->group->seed);
    free(own);
    return status;
}

static bool any_latency(const struct zm_page_section *s)
{
    for (size_t r = 0; r < s->evidence.rows->count; r++) {
        if (zm_result_has(s->result, r, ZM_LATENCY_P99))
            return true;
    }
    return false;
}

static bool any_timeline(const struct zm_page_section *s)
{
    for (size_t i = 0; i < s->evidence.count; i++) {
        if (s->evidence.samples[i].ok && s->evidence.samples[i].rss)
            return true;
    }
    return false;
}

static void put_figures(FILE *out, const struct zm_page_section *s)
{
    fputs("<div class=figures>\n", out);
    put_figure(out, "tradeoff", 'w', s->number, "Time against memory",
               "lower left is better; bars are 95&nbsp;% intervals");
    if (any_timeline(s))
        put_figure(out, "rss", 'w', s->number, "Resident memory over time",
                   "of each row, in its run of median wall time");
    put_figure(out, "runs", 'w', s->number, "Every run",
               "wall time; in each row from the first block (top) to the last");
    if (any_latency(s))
        put_figure(out, "latency", 'w', s->number, "Latency of sampled operations",
                   "median over the runs, logarithmic");
    fputs("</div>\n", out);
}

static int put_section(FILE *out, const struct zm_page *page, const struct zm_page_section *s)
{
    char *verdict = zm_verdict(&s->evidence, s->result);
    int status = verdict ? 0 : -ENOMEM;
    if (status == 0) {
        int level = page->part_count > 1 ? 3 : 2; /* below the machine */
        fprintf(out, "<section class=workload id=w%zu><h%d>", s->number, level);
        zm_markup_between(out, "", s->name, s->quick ? " <small class=tag>quick</small>" : "");
        fprintf(out, "</h%d>\n", level);
        zm_markup_between(out, "<p class=verdict>", verdict, "</p>\n");
        status = put_note(out, s);
    }
    free(verdict);
    if (status == 0 && s->group->before)
        status = put_changed(out, page->dataset, s->group);
    if (status != 0)
        return status;
    zm_tables_forest(out, page, s);
    if (s->result->blocks > 0)
        put_figures(out, s);
    zm_tables_full(out, page, s);
    fputs("</section>\n", out);
    return 0;
}

/* ---- a machine ---- */

static void put_heat(FILE *out, const struct zm_page *page, const struct zm_page_part *part)
{
    static const char *const keys[ZM_HEADLINE] = {"wall", "cpu", "mem"};
    fprintf(out,
            "<section class=overview id=o%zu><h2>Every workload at a glance</h2>\n"
            "<div class=switch role=group aria-label=\"Figure\">",
            part->number);
    for (size_t f = 0; f < ZM_HEADLINE; f++)
        fprintf(out, "<label><input type=radio name=heat%zu value=%s%s>%s</label>", part->number,
                keys[f], f ? "" : " checked", zm_tables_title(f));
    fputs("</div>\n", out);
    for (size_t f = 0; f < ZM_HEADLINE; f++) {
        fprintf(out, "<div class=\"pane %s\"><h3>%s</h3>\n", keys[f], zm_tables_title(f));
        zm_tables_heat(out, page, part, f);
        fputs("</div>\n", out);
    }
    fputs("<p class=key><span class=less style=\"--a:.8\">less</span> <span class=more "
          "style=\"--a:.8\">more</span> <span class=same>no difference can be told</span> "
          "small: the 95&nbsp;% interval</p></section>\n",
          out);
}

int zm_sections_part(FILE *out, const struct zm_page *page, const struct zm_page_part *part)
{
    char note[96];
    int status = 0;
    if (part->across->workload_count > 1 && part->rankings.wall.count > 0) {
        snprintf(note, sizeof note, "means of %zu workloads; lower left is better",
                 part->across->workload_count);
        fputs("<section class=first><div>", out);
        zm_tables_ranking(out, page, part);
        fputs("</div>", out);
        put_figure(out, "tradeoff", 'm', part->number, "Time against memory", note);
        fputs("</section>\n", out);
        put_heat(out, page, part);
    }
    for (size_t s = 0; s < part->count && status == 0; s++)
        status = put_section(out, page, &part->sections[s]);
    if (status == 0 && zm_commands_any(part))
        status = zm_commands_settings(out, page, part);
    return status;
}
