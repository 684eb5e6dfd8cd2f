/* All numbers of the charts; the script computes none but where they are drawn.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "data.h"

#include "markup.h"
#include "tools/results/jsonlines.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define TIMELINE_MAX 40 /* points of one curve: it is a few hundred pixels wide */

static json_t *figure_json(const struct zm_interval *i, enum zm_difference difference)
{
    json_t *json = json_object();
    json_object_set_new(json, "is", json_string(zm_markup_class(difference)));
    if (i->pairs > 0)
        json_object_set_new(json, "ratio", json_real(i->ratio));
    if (zm_interval_known(i)) {
        json_object_set_new(json, "low", json_real(i->low));
        json_object_set_new(json, "high", json_real(i->high));
    }
    return json;
}

static json_t *row_json(const struct zm_page *page, const struct zm_row *row, bool base)
{
    json_t *json = json_pack("{s:o, s:I}", "label", zm_json_text(row->label), "hue",
                             (json_int_t)zm_page_hue(page, row));
    if (base)
        json_object_set_new(json, "base", json_true());
    if (row->control)
        json_object_set_new(json, "control", json_true());
    return json;
}

/* ---- the front of time and memory ---- */

struct point {
    double time, memory;
    size_t place;
    bool may; /* be on the front */
};

static int by_time(const void *a, const void *b)
{
    const struct point *x = a, *y = b;
    if (x->time != y->time)
        return x->time < y->time ? -1 : 1;
    return (x->memory > y->memory) - (x->memory < y->memory);
}

/* The places of those that none is below in both, from left to right. Sorts the points. */
static json_t *front_json(struct point *points, size_t count)
{
    json_t *front = json_array();
    double least = INFINITY;
    qsort(points, count, sizeof *points, by_time);
    for (size_t i = 0; i < count; i++) {
        if (!points[i].may || points[i].memory >= least)
            continue;
        least = points[i].memory;
        json_array_append_new(front, json_integer((json_int_t)points[i].place));
    }
    return front;
}

/* ---- a workload ---- */

/* Wall times by block; null where a block has none. */
static json_t *runs_json(const struct zm_page_section *s, size_t r)
{
    size_t blocks = zm_evidence_blocks(&s->evidence);
    double *walls = malloc(blocks * sizeof *walls);
    json_t *runs = json_array();
    if (walls)
        zm_evidence_line_up(&s->evidence, r, ZM_WALL, walls, blocks);
    for (size_t b = 1; walls && b < blocks; b++)
        json_array_append_new(runs, walls[b] < 0 ? json_null() : json_real(walls[b]));
    free(walls);
    return runs;
}

/* The row's run whose time is nearest the median. */
static const struct zm_sample *typical(const struct zm_page_section *s, size_t r)
{
    const struct zm_sample *found = NULL;
    double median = s->result->findings[ZM_WALL][r].spread.median, least = INFINITY;
    for (size_t i = 0; i < s->evidence.count; i++) {
        const struct zm_sample *sample = &s->evidence.samples[i];
        double off = fabs(sample->values[ZM_WALL] - median);
        if (sample->row != &s->evidence.rows->all[r] || !sample->ok || !sample->rss ||
            sample->values[ZM_WALL] < 0 || off >= least)
            continue;
        least = off;
        found = sample;
    }
    return found;
}

/* Of several points that become one, the highest stays, so that no peak is lost. */
static json_t *timeline_json(const struct zm_timeline *timeline)
{
    json_t *seconds = json_array(), *kib = json_array();
    size_t step = (timeline->count + TIMELINE_MAX - 1) / TIMELINE_MAX;
    for (size_t i = 0; i < timeline->count; i += step) {
        const struct zm_timeline_point *highest = &timeline->points[i];
        for (size_t k = i; k < i + step && k < timeline->count; k++) {
            if (timeline->points[k].bytes > highest->bytes)
                highest = &timeline->points[k];
        }
        json_array_append_new(seconds, json_real(highest->s));
        json_array_append_new(kib, json_integer((json_int_t)(highest->bytes / 1024)));
    }
    return json_pack("{s:o, s:o}", "s", seconds, "kib", kib);
}

/* A median of 0 is less than what the clock can tell. */
static json_t *latency_json(const struct zm_result *result, size_t r)
{
    json_t *all = json_array();
    for (int f = ZM_LATENCY_P50; f <= ZM_LATENCY_MAX; f++) {
        const struct zm_spread *spread = &result->findings[f][r].spread;
        double clock = result->findings[ZM_CLOCK][r].spread.median;
        if (spread->count == 0)
            json_array_append_new(all, json_null());
        else if (spread->median > 0)
            json_array_append_new(all, json_pack("{s:f}", "ns", spread->median));
        else
            json_array_append_new(all, json_pack("{s:f, s:b}", "ns", fmax(clock, 1), "under", 1));
    }
    return all;
}

static json_t *section_row_json(const struct zm_page *page, const struct zm_page_section *s,
                                size_t r)
{
    static const struct {
        const char *key;
        enum zm_figure figure;
    } figures[] = {{"wall", ZM_WALL}, {"memory", ZM_PEAK_MEMORY}};
    const struct zm_row *row = &s->evidence.rows->all[r];
    json_t *json = row_json(page, row, r == s->evidence.rows->baseline);
    for (size_t f = 0; f < sizeof figures / sizeof *figures; f++) {
        const struct zm_finding *finding = &s->result->findings[figures[f].figure][r];
        json_t *figure = figure_json(&finding->interval, finding->difference);
        if (finding->spread.count > 0)
            json_object_set_new(figure, "median", json_real(finding->spread.median));
        json_object_set_new(json, figures[f].key, figure);
    }
    json_object_set_new(json, "runs", runs_json(s, r));
    const struct zm_sample *sample = row->control ? NULL : typical(s, r);
    if (sample)
        json_object_set_new(json, "rss", timeline_json(sample->rss));
    if (!row->control && zm_result_has(s->result, r, ZM_LATENCY_P99))
        json_object_set_new(json, "latency", latency_json(s->result, r));
    return json;
}

static json_t *section_json(const struct zm_page *page, const struct zm_page_section *s)
{
    json_t *rows = json_array();
    struct point points[ZM_ROWS_MAX];
    size_t order[ZM_ROWS_MAX + 1], count = zm_page_order(s, order + 1) + 1, placed = 0;
    order[0] = s->evidence.rows->baseline;
    for (size_t i = 0; i < count; i++) {
        size_t r = order[i];
        if (s->result->good[r] == 0)
            continue;
        /* Rows with too few blocks are on no front while others have enough. */
        bool may = s->pareto.unbeaten[r] && (s->result->good[r] >= ZM_INTERVAL_PAIRS ||
                                             s->result->blocks < ZM_INTERVAL_PAIRS);
        points[placed] =
            (struct point){s->pareto.costs[r].time, s->pareto.costs[r].memory, placed, may};
        placed++;
        json_array_append_new(rows, section_row_json(page, s, r));
    }
    return json_pack("{s:o, s:o}", "rows", rows, "front", front_json(points, placed));
}

/* ---- the means of a machine ---- */

static json_t *mean_json(const struct zm_page *page, const struct zm_page_part *part, size_t r,
                         bool competes)
{
    const struct zm_row *row = zm_page_row_anywhere(part, part->across->rows[r].label);
    bool base = r == part->across->baseline;
    json_t *json = row_json(page, row, base);
    const struct zm_mean *wall = &part->rankings.wall.means[r],
                         *memory = &part->rankings.memory.means[r];
    json_object_set_new(
        json, "wall",
        figure_json(&wall->interval, competes || base ? wall->difference : ZM_DIFFERENCE_UNKNOWN));
    json_object_set_new(json, "memory", figure_json(&memory->interval, memory->difference));
    return json;
}

static json_t *means_json(const struct zm_page *page, const struct zm_page_part *part)
{
    const struct zm_ranking *wall = &part->rankings.wall;
    json_t *rows = json_array();
    struct point points[ZM_ROWS_MAX];
    for (size_t i = 0; i <= wall->count; i++) {
        size_t r = i ? wall->order[i - 1] : part->across->baseline;
        bool competes = i == 0 || i <= wall->competing || wall->competing == 0;
        points[i] =
            (struct point){i ? wall->means[r].interval.ratio : 1,
                           i ? part->rankings.memory.means[r].interval.ratio : 1, i, competes};
        json_array_append_new(rows, mean_json(page, part, r, competes));
    }
    return json_pack("{s:o, s:o}", "rows", rows, "front", front_json(points, wall->count + 1));
}

/* ---- all of it ---- */

/* Within a script element, "<" could begin its end or a comment. */
static void put_escaped(FILE *out, const char *text)
{
    for (; *text; text++) {
        if (*text == '<')
            fputs("\\u003c", out);
        else
            putc(*text, out);
    }
}

int zm_page_data(FILE *out, const struct zm_page *page)
{
    json_t *charts = json_object();
    char key[32];
    for (size_t p = 0; p < page->part_count; p++) {
        const struct zm_page_part *part = &page->parts[p];
        snprintf(key, sizeof key, "m%zu", part->number);
        if (part->across->workload_count > 1)
            json_object_set_new(charts, key, means_json(page, part));
        for (size_t s = 0; s < part->count; s++) {
            snprintf(key, sizeof key, "w%zu", part->sections[s].number);
            json_object_set_new(charts, key, section_json(page, &part->sections[s]));
        }
    }
    char *text = json_dumps(charts, JSON_COMPACT | JSON_PRESERVE_ORDER | JSON_REAL_PRECISION(4));
    json_decref(charts);
    if (!text)
        return -ENOMEM;
    put_escaped(out, text);
    free(text);
    return 0;
}
