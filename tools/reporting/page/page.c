/* The page from its top to its end: first what was found, in words, then what that rests on.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "page.h"

#include "commands.h"
#include "data.h"
#include "files.h"
#include "machine.h"
#include "markup.h"
#include "sections.h"
#include "tables.h"
#include "tools/reporting/change.h"

#include <math.h>
#include <string.h>
#include <zmalloc/backend.h>

/* ---- the head of the page ---- */

/* How many there are of what: the line above the title. */
static void put_extent(FILE *out, const struct zm_page *page)
{
    const struct zm_page_part *first = &page->parts[0];
    const char *machine = first->machine->name;
    size_t rows = first->rankings.wall.count + 1, workloads = first->across->workload_count;
    char day[32];
    fprintf(out, "<p class=extent>%zu row%s · ", rows, rows == 1 ? "" : "s");
    if (workloads == 1)
        zm_markup_between(out, "<code>", first->sections[0].name, "</code>");
    else
        fprintf(out, "%zu workloads", workloads);
    if (page->part_count > 1)
        fprintf(out, " · %zu machines", page->part_count);
    else
        zm_markup_between(out, " · ", machine, "");
    if (*zm_machine_day(first->machine, day, sizeof day))
        fprintf(out, " · %s", day);
    fputs("</p>\n", out);
}

/* Whether the machines recommend the same row. */
static const char *common_best(const struct zm_page *page)
{
    const char *best = NULL;
    for (size_t p = 0; p < page->part_count; p++) {
        const struct zm_page_part *part = &page->parts[p];
        if (part->headline.best == ZM_ROWS_MAX)
            return NULL;
        const char *label = part->across->rows[part->headline.best].label;
        if (best && strcmp(best, label) != 0)
            return NULL;
        best = label;
    }
    return best;
}

/* The means in time of what the machines recommend, where they recommend it for that. */
static void put_least_and_most(FILE *out, const struct zm_page *page)
{
    struct zm_interval all = {.pairs = ZM_INTERVAL_PAIRS, .low = INFINITY, .high = 0};
    char range[64];
    for (size_t p = 0; p < page->part_count; p++) {
        const struct zm_page_part *part = &page->parts[p];
        double ratio = part->rankings.wall.means[part->headline.best].interval.ratio;
        if (!zm_ranking_tells(part->across, &part->rankings.wall))
            return;
        all.low = fmin(all.low, ratio);
        all.high = fmax(all.high, ratio);
    }
    all.ratio = sqrt(all.low * all.high);
    zm_markup_between(out, ": ", zm_change_range(&all, range, sizeof range), " less time");
}

static void put_title(FILE *out, const struct zm_page *page)
{
    const char *best = common_best(page);
    char text[128];
    if (page->part_count == 1) {
        zm_html_prose(out, page->parts[0].headline.title);
    } else if (best) {
        snprintf(text, sizeof text, " comes first on all %zu machines", page->part_count);
        zm_markup_between(out, "", best, text);
        put_least_and_most(out, page);
    } else {
        fprintf(out, "%zu machines do not agree on one", page->part_count);
    }
}

static void put_machines(FILE *out, const struct zm_page *page)
{
    fputs("<section id=machines class=overview><h2>Every machine at a glance</h2>\n", out);
    for (size_t f = 0; f < ZM_HEADLINE; f++) {
        fprintf(out, "<h3>%s</h3>\n", zm_tables_title(f));
        zm_tables_machines(out, page, f);
    }
    fputs("<p class=note>Means over each machine's workloads, against its own baseline.</p>"
          "</section>\n",
          out);
}

static void put_contents(FILE *out, const struct zm_page *page)
{
    fputs("<nav aria-label=Contents><ul>", out);
    if (page->part_count > 1)
        fputs("<li><a href=\"#machines\">Machines</a></li>", out);
    for (size_t p = 0; p < page->part_count; p++) {
        const struct zm_page_part *part = &page->parts[p];
        if (page->part_count > 1) {
            fprintf(out, "<li><a href=\"#m%zu\">", part->number);
            zm_markup_between(out, "", part->machine->name, "</a></li>");
            continue; /* its workloads would be too many */
        }
        if (part->across->workload_count > 1 && part->rankings.wall.count > 0)
            fprintf(out, "<li><a href=\"#o%zu\">Overview</a></li>", part->number);
        for (size_t s = 0; s < part->count; s++) {
            fprintf(out, "<li><a href=\"#w%zu\">", part->sections[s].number);
            zm_markup_between(out, "", part->sections[s].name, "</a></li>");
        }
        if (zm_commands_any(part))
            fprintf(out, "<li><a href=\"#settings%zu\">Settings</a></li>", part->number);
    }
    fputs("<li><a href=\"#method\">How to read this</a></li>"
          "<li><a href=\"#environment\">Environment</a></li></ul></nav>\n",
          out);
}

static int put_head(FILE *out, const struct zm_page *page)
{
    int status = 0;
    fputs("<header>\n", out);
    put_extent(out, page);
    fputs("<h1>", out);
    put_title(out, page);
    fputs("</h1>\n", out);
    if (page->part_count == 1) {
        zm_markup_between(out, "<p class=lead>", page->parts[0].headline.lead, "</p>\n");
        status = zm_sections_advice(out, page, &page->parts[0]);
    }
    if (page->dataset->left_out)
        fprintf(out, "<p class=warn>%zu damaged or unknown lines were left out.</p>\n",
                page->dataset->left_out);
    fputs("</header>\n", out);
    put_contents(out, page);
    return status;
}

/* ---- the body ---- */

static int put_part(FILE *out, const struct zm_page *page, const struct zm_page_part *part)
{
    if (page->part_count > 1) {
        fprintf(out, "<section class=machine id=m%zu><h2>", part->number);
        zm_markup_between(out, "", part->machine->name, "</h2>\n");
        zm_markup_between(out, "<p class=finding>", part->headline.title, "</p>\n");
        zm_markup_between(out, "<p class=lead>", part->headline.lead, "</p>\n");
        int status = zm_sections_advice(out, page, part);
        fputs("</section>\n", out);
        if (status != 0)
            return status;
    }
    return zm_sections_part(out, page, part);
}

static void put_method(FILE *out, const struct zm_page *page)
{
    fputs(
        "<section id=method><h2>How to read this</h2>\n"
        "<p>Runs are made in blocks; each block runs every row once, in shuffled order. A change "
        "is "
        "the trimmed mean of the logarithms of the ratios to the baseline of the same block, with "
        "its 95&nbsp;% interval. Grey and hatched means that no difference can be told: the "
        "interval includes no change, or it is no more than the baseline may differ from a second "
        "copy of "
        "itself.</p>\n"
        "<p>A mean over workloads is geometric, and says nothing of other workloads than these. Of "
        "rows that are named together as the fastest, it can't be told which is. Axes of ratios "
        "are "
        "logarithmic, so that half and twice are equally far from 1. Green is less and red is "
        "more; "
        "in the table of all figures, green is better.</p>\n"
        "</section>\n<section id=environment><h2>Environment</h2>\n",
        out);
    for (size_t p = 0; p < page->part_count; p++)
        zm_machine_details(out, page->parts[p].machine);
    fprintf(out, "</section>\n<footer>Made by zmalloc %s.</footer>", zmalloc_version());
}

static int put_body(FILE *out, const struct zm_page *page)
{
    int status = put_head(out, page);
    if (page->part_count > 1)
        put_machines(out, page);
    for (size_t p = 0; p < page->part_count && status == 0; p++)
        status = put_part(out, page, &page->parts[p]);
    put_method(out, page);
    return status;
}

/* ---- the template ---- */

static const char *text_of(const unsigned char *file)
{
    return (const char *)file;
}

/* Writes what belongs in the place of that name. 0, or -ENOMEM. */
static int put_place(FILE *out, const struct zm_page *page, const char *name, size_t length)
{
    if (strncmp(name, "TITLE", length) == 0)
        put_title(out, page);
    else if (strncmp(name, "STYLE", length) == 0)
        fputs(text_of(zm_page_report_css), out);
    else if (strncmp(name, "SCRIPT", length) == 0)
        fputs(text_of(zm_page_report_js), out);
    else if (strncmp(name, "BODY", length) == 0)
        return put_body(out, page);
    else if (strncmp(name, "DATA", length) == 0)
        return zm_page_data(out, page);
    return 0;
}

static int put_all(FILE *out, const struct zm_page *page)
{
    const char *rest = text_of(zm_page_template_html), *place;
    int status = 0;
    while (status == 0 && (place = strchr(rest, '@'))) {
        const char *end = strchr(place + 1, '@');
        fprintf(out, "%.*s", (int)(place - rest), rest);
        status = put_place(out, page, place + 1, (size_t)(end - place - 1));
        rest = end + 1;
    }
    fputs(rest, out);
    return status;
}

int zm_page_write(const struct zm_dataset *dataset, FILE *out)
{
    struct zm_page page;
    int status = zm_page_prepare(dataset, &page);
    if (status == 0)
        status = put_all(out, &page);
    zm_page_clear(&page);
    return status;
}
