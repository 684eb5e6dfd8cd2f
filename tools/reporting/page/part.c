/* Gathering results, means and headlines.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "part.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Whether the same was measured later in other circumstances: then it is shown, but means are of
 * the last ones. */
static bool is_superseded(const struct zm_dataset *d, const struct zm_group *group)
{
    for (size_t g = 0; g < d->group_count; g++) {
        if (d->groups[g]->before == group)
            return true;
    }
    return false;
}

static int prepare_section(const struct zm_dataset *d, const struct zm_group *group,
                           struct zm_page_part *part, struct zm_page_section *out)
{
    out->group = group;
    out->evidence = zm_group_evidence(group);
    out->result = zm_result_of(&out->evidence);
    zm_workload_name(group->workload, &out->quick, out->name, sizeof out->name);
    if (!out->result || zm_pareto_find(&out->evidence, &out->pareto) != 0)
        return -ENOMEM;
    if (is_superseded(d, group))
        return 0;
    if (zm_across_add(part->across, &out->evidence, &out->in_mean) != 0)
        return -ENOMEM;
    if (out->in_mean)
        part->names[part->across->workload_count - 1] = group->workload;
    return 0;
}

static int prepare_part(const struct zm_dataset *d, size_t from, size_t to,
                        struct zm_page_part *part)
{
    part->machine = &d->machines[d->groups[from]->machine];
    part->across = zm_across_new();
    part->sections = calloc(to - from, sizeof *part->sections);
    part->names = calloc(to - from, sizeof *part->names);
    if (!part->across || !part->sections || !part->names)
        return -ENOMEM;
    for (part->count = 0; part->count < to - from; part->count++) {
        struct zm_page_section *section = &part->sections[part->count];
        section->number = from + part->count + 1;
        if (prepare_section(d, d->groups[from + part->count], part, section) != 0) {
            part->count++; /* so that its result is freed */
            return -ENOMEM;
        }
    }
    int status = zm_rankings_find(part->across, &part->rankings);
    return status ? status
                  : zm_headline_make(part->across, &part->rankings, part->names, &part->headline);
}

static void add_hue(struct zm_hues *hues, const char *name)
{
    for (size_t i = 0; i < hues->count; i++) {
        if (strcmp(hues->names[i], name) == 0)
            return;
    }
    if (hues->count < ZM_ROWS_MAX)
        hues->names[hues->count++] = name;
}

static void find_hues(const struct zm_dataset *d, struct zm_hues *hues)
{
    /* The known ones have the same colours on all pages. */
    static const char *const known[] = {"libc", "jemalloc", "tcmalloc", "tcmalloc_minimal",
                                        "mimalloc"};
    const char *first = NULL;
    hues->by_label = true;
    for (size_t g = 0; g < d->group_count; g++) {
        for (size_t r = 0; r < d->groups[g]->rows.count; r++) {
            const char *backend = d->groups[g]->rows.all[r].backend;
            first = first ? first : backend;
            hues->by_label = hues->by_label && strcmp(first, backend) == 0;
        }
    }
    for (size_t i = 0; i < sizeof known / sizeof *known && !hues->by_label; i++)
        add_hue(hues, known[i]);
    for (size_t g = 0; g < d->group_count; g++) {
        const struct zm_rows *rows = &d->groups[g]->rows;
        for (size_t r = 0; r < rows->count; r++) {
            if (!rows->all[r].control)
                add_hue(hues, hues->by_label ? rows->all[r].label : rows->all[r].backend);
        }
    }
}

int zm_page_prepare(const struct zm_dataset *d, struct zm_page *out)
{
    *out = (struct zm_page){.dataset = d, .parts = calloc(d->group_count + 1, sizeof *out->parts)};
    if (!out->parts)
        return -ENOMEM;
    find_hues(d, &out->hues);
    int status = 0;
    for (size_t from = 0, to; from < d->group_count && status == 0; from = to) {
        for (to = from; to < d->group_count && d->groups[to]->machine == d->groups[from]->machine;)
            to++;
        struct zm_page_part *part = &out->parts[out->part_count++];
        part->number = out->part_count;
        status = prepare_part(d, from, to, part);
    }
    return status;
}

void zm_page_clear(struct zm_page *page)
{
    for (size_t p = 0; p < page->part_count; p++) {
        struct zm_page_part *part = &page->parts[p];
        for (size_t s = 0; s < part->count; s++)
            free(part->sections[s].result);
        free(part->sections);
        free(part->names);
        zm_across_free(part->across);
        zm_headline_clear(&part->headline);
    }
    free(page->parts);
    *page = (struct zm_page){.part_count = 0};
}

size_t zm_page_hue(const struct zm_page *page, const struct zm_row *row)
{
    const struct zm_hues *hues = &page->hues;
    for (size_t i = 0; i < hues->count; i++) {
        if (strcmp(hues->names[i], hues->by_label ? row->label : row->backend) == 0)
            return i % ZM_HUES;
    }
    return 0; /* the control of labelled rows */
}

const struct zm_row *zm_page_row(const struct zm_page_section *section, const char *label)
{
    const struct zm_rows *rows = section->evidence.rows;
    for (size_t r = 0; r < rows->count; r++) {
        if (!rows->all[r].control && strcmp(rows->all[r].label, label) == 0)
            return &rows->all[r];
    }
    return NULL;
}

const struct zm_row *zm_page_row_anywhere(const struct zm_page_part *part, const char *label)
{
    const struct zm_row *row = NULL;
    for (size_t s = 0; s < part->count && !row; s++)
        row = zm_page_row(&part->sections[s], label);
    return row;
}

/* ---- order ---- */

static const struct zm_page_section *sorted; /* for by_time, because qsort passes nothing on */

static int class_of(size_t r)
{
    const struct zm_interval *wall = &sorted->result->findings[ZM_WALL][r].interval;
    return sorted->evidence.rows->all[r].control ? 3
           : zm_interval_known(wall)             ? 0
           : sorted->result->good[r] > 0         ? 1
                                                 : 2;
}

static int by_time(const void *a, const void *b)
{
    size_t x = *(const size_t *)a, y = *(const size_t *)b;
    if (class_of(x) != class_of(y))
        return class_of(x) - class_of(y);
    double of_x = sorted->result->findings[ZM_WALL][x].interval.ratio;
    double of_y = sorted->result->findings[ZM_WALL][y].interval.ratio;
    return of_x != of_y ? (of_x < of_y ? -1 : 1) : (x > y) - (x < y);
}

size_t zm_page_order(const struct zm_page_section *section, size_t order[ZM_ROWS_MAX])
{
    size_t count = 0;
    for (size_t r = 0; r < section->evidence.rows->count; r++) {
        if (r != section->evidence.rows->baseline)
            order[count++] = r;
    }
    sorted = section;
    qsort(order, count, sizeof *order, by_time);
    return count;
}
