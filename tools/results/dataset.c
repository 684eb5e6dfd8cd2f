/* Finding and adding machines, groups and rows.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "dataset.h"

#include "circumstances.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Makes room for one more element. Arrays have room for a power of two, so they only grow when
 * their count is one. NULL if memory runs out; then the old array stays. */
static void *grow(void *array, size_t count, size_t size)
{
    bool full = (count & (count - 1)) == 0;
    return full ? realloc(array, (count ? 2 * count : 1) * size) : array;
}

int zm_dataset_machine(struct zm_dataset *d, const char *name, json_t *run, size_t *out)
{
    for (size_t i = 0; i < d->machine_count; i++) {
        if (strcmp(d->machines[i].name, name) == 0) {
            *out = i;
            return 0;
        }
    }
    struct zm_machine *machines = grow(d->machines, d->machine_count, sizeof *machines);
    char *copy = strdup(name);
    if (machines)
        d->machines = machines;
    if (!machines || !copy) {
        free(copy);
        return -ENOMEM;
    }
    *out = d->machine_count;
    machines[d->machine_count++] = (struct zm_machine){copy, json_incref(run)};
    return 0;
}

int zm_dataset_run(struct zm_dataset *d, const char *id, size_t *out)
{
    for (size_t i = d->run_count; i > 0; i--) {
        const struct zm_recorded_run *run = &d->runs[i - 1];
        if (strcmp(run->id, id) == 0 && (*id || run->file == d->files)) {
            *out = i - 1;
            return 0;
        }
    }
    struct zm_recorded_run *runs = grow(d->runs, d->run_count, sizeof *runs);
    if (!runs)
        return -ENOMEM;
    d->runs = runs;
    struct zm_recorded_run *run = &runs[d->run_count];
    *run = (struct zm_recorded_run){.file = d->files, .machine = ZM_NO_MACHINE};
    snprintf(run->id, sizeof run->id, "%s", id);
    *out = d->run_count++;
    return 0;
}

struct zm_group *zm_dataset_group(struct zm_dataset *d, size_t run, const char *workload)
{
    for (size_t i = d->group_count; i > 0; i--) {
        if (d->groups[i - 1]->run == run && strcmp(d->groups[i - 1]->workload, workload) == 0)
            return d->groups[i - 1];
    }
    size_t *machine = &d->runs[run].machine;
    if (*machine == ZM_NO_MACHINE && zm_dataset_machine(d, "unknown machine", NULL, machine) != 0)
        return NULL;
    struct zm_group **groups = grow(d->groups, d->group_count, sizeof *groups);
    struct zm_group *group = calloc(1, sizeof *group);
    char *name = strdup(workload);
    if (groups)
        d->groups = groups;
    if (!groups || !group || !name) {
        free(group);
        free(name);
        return NULL;
    }
    group->machine = d->runs[run].machine;
    group->run = run;
    group->runs = 1;
    group->workload = name;
    group->place = d->group_count;
    return groups[d->group_count++] = group;
}

/* The strings in `array` as a list that points into it. The caller frees the list. */
static char **settings_of(const json_t *array)
{
    size_t count = json_array_size(array), n = 0;
    char **settings = calloc(count + 1, sizeof *settings);
    for (size_t i = 0; settings && i < count; i++) {
        const char *text = json_string_value(json_array_get(array, i));
        if (text)
            settings[n++] = (char *)(uintptr_t)text;
    }
    return settings;
}

/* Whether a row of that version may be the row. */
static bool may_be(const struct zm_row *row, const char *version)
{
    return !*version || !*row->version || strcmp(row->version, version) == 0;
}

static struct zm_row *row_labelled(struct zm_rows *rows, const char *label)
{
    for (size_t i = 0; i < rows->count; i++) {
        if (strcmp(rows->all[i].label, label) == 0)
            return &rows->all[i];
    }
    return NULL;
}

struct zm_row *zm_group_row(struct zm_group *group, const char *label, const char *backend,
                            const json_t *settings, bool control, const char *version)
{
    struct zm_rows *rows = &group->rows;
    char other[ZM_LABEL_MAX + 1];
    struct zm_row *row = row_labelled(rows, label);
    if (row && !may_be(row, version)) {
        snprintf(other, sizeof other, "%.*s %.*s", ZM_LABEL_MAX / 2, label, ZM_LABEL_MAX / 2 - 1,
                 version);
        label = other;
        row = row_labelled(rows, label);
    }
    if (!row && rows->count < ZM_ROWS_MAX) {
        char **list = settings_of(settings);
        row = &rows->all[rows->count];
        int error = list ? zm_row_make(label, backend, list, row) : -ENOMEM;
        free(list);
        if (error)
            return NULL;
        row->control = control;
        rows->count++;
    }
    if (row && !*row->version)
        snprintf(row->version, sizeof row->version, "%s", version);
    return row;
}

struct zm_row *zm_group_floor(struct zm_group *group, const char *label)
{
    if (!group->floor.backend && zm_row_make(label, "none", NULL, &group->floor) != 0)
        return NULL;
    return &group->floor;
}

bool zm_group_has(const struct zm_group *group, const struct zm_row *row, unsigned block)
{
    const struct zm_samples *samples = row == &group->floor ? &group->floors : &group->samples;
    for (size_t i = 0; i < samples->count; i++) {
        if (samples->all[i].row == row && samples->all[i].block == block)
            return true;
    }
    return false;
}

int zm_group_add(struct zm_group *group, uint64_t seed, struct zm_sample *sample)
{
    struct zm_samples *samples = sample->row == &group->floor ? &group->floors : &group->samples;
    if (group->last == 0)
        group->seed = seed;
    group->last = sample->block > group->last ? sample->block : group->last;
    return zm_samples_add(samples, sample);
}

struct zm_evidence zm_group_evidence(const struct zm_group *group)
{
    return (struct zm_evidence){.samples = group->samples.all,
                                .count = group->samples.count,
                                .rows = &group->rows,
                                .seed = group->seed,
                                .floors = group->floors.all,
                                .floor_count = group->floors.count};
}

static void free_group(struct zm_group *group)
{
    zm_rows_clear(&group->rows);
    zm_row_clear(&group->floor);
    zm_samples_clear(&group->samples);
    zm_samples_clear(&group->floors);
    free(group->workload);
    free(group);
}

/* ---- putting runs together ---- */

/* Moves the samples over, each into the row of its label; `from` is left without any. 0, or
 * -ENOMEM. */
static int move_samples(struct zm_samples *from, struct zm_group *to, bool floors)
{
    unsigned before = to->last, last = before;
    for (size_t i = 0; i < from->count; i++) {
        struct zm_sample *s = &from->all[i];
        s->row = floors ? &to->floor : row_labelled(&to->rows, s->row->label);
        s->block += before;
        last = s->block > last ? s->block : last;
        if (zm_samples_add(floors ? &to->floors : &to->samples, s) != 0)
            return -ENOMEM;
        s->self_report = NULL; /* they are the other's now */
        s->rss = NULL;
    }
    from->count = 0;
    to->last = last;
    return 0;
}

static bool rows_fit(const struct zm_group *from, struct zm_group *to)
{
    size_t more = 0;
    for (size_t r = 0; r < from->rows.count; r++)
        more += !row_labelled(&to->rows, from->rows.all[r].label);
    return to->rows.count + more <= ZM_ROWS_MAX;
}

/* 0, or -ENOMEM. */
static int join(struct zm_group *from, struct zm_group *to)
{
    unsigned last = to->last;
    for (size_t r = 0; r < from->rows.count; r++) {
        struct zm_row *row = &from->rows.all[r], *there = row_labelled(&to->rows, row->label);
        if (there)
            continue;
        there = &to->rows.all[to->rows.count];
        if (zm_row_make(row->label, row->backend, row->settings, there) != 0 ||
            (row->command && !(there->command = strdup(row->command))))
            return -ENOMEM;
        there->control = row->control;
        strcpy(there->version, row->version);
        to->rows.count++;
    }
    if (from->floors.count > 0 && !zm_group_floor(to, from->floor.label))
        return -ENOMEM;
    if (move_samples(&from->samples, to, false) != 0)
        return -ENOMEM;
    unsigned reached = to->last;
    to->last = last; /* the floor was measured in the same blocks */
    int status = move_samples(&from->floors, to, true);
    to->last = reached > to->last ? reached : to->last;
    to->runs += from->runs;
    return status;
}

/* Joins what may be joined, and links what is the same in other circumstances. 0, or -ENOMEM. */
static int join_all(struct zm_dataset *d)
{
    size_t kept = 0, g = 0;
    int status = 0;
    for (; g < d->group_count && status == 0; g++) {
        struct zm_group *group = d->groups[g], *into = NULL;
        for (size_t k = 0; k < kept && !into; k++) {
            struct zm_group *other = d->groups[k];
            if (other->machine != group->machine || strcmp(other->workload, group->workload) != 0)
                continue;
            group->before = other;
            if (zm_circumstances_same(d, other, group) && rows_fit(group, other))
                into = other;
        }
        if (into) {
            status = join(group, into);
            free_group(group);
        } else {
            d->groups[kept++] = group;
        }
    }
    for (; g < d->group_count; g++) /* memory has run out */
        free_group(d->groups[g]);
    d->group_count = kept;
    return status;
}

/* ---- order ---- */

static int by_machine(const void *a, const void *b)
{
    const struct zm_group *x = *(struct zm_group *const *)a, *y = *(struct zm_group *const *)b;
    if (x->machine != y->machine)
        return x->machine < y->machine ? -1 : 1;
    int by_name = strcmp(x->workload, y->workload);
    return by_name ? by_name : (x->place > y->place) - (x->place < y->place);
}

/* The baseline stands first; the other rows follow by name, and the control is the last. */
static int by_place(const void *a, const void *b)
{
    const struct zm_row *x = a, *y = b;
    if (x->control != y->control)
        return x->control ? 1 : -1;
    return strcmp(x->label, y->label);
}

/* What the run was against; older files don't say it. */
static void find_baseline(const struct zm_dataset *d, struct zm_group *group)
{
    struct zm_rows *rows = &group->rows;
    const char *label = json_string_value(json_object_get(d->runs[group->run].record, "baseline"));
    zm_rows_find_baseline(rows);
    for (size_t r = 0; label && r < rows->count; r++)
        if (!rows->all[r].control && strcmp(rows->all[r].label, label) == 0)
            rows->baseline = r;
}

/* Blocks are shuffled, so the rows have come in any order. */
static void sort_rows(const struct zm_dataset *d, struct zm_group *group)
{
    struct zm_rows *rows = &group->rows, before = *rows;
    find_baseline(d, group);
    struct zm_row first = rows->all[rows->baseline];
    rows->all[rows->baseline] = rows->all[0];
    rows->all[0] = first;
    rows->baseline = 0;
    qsort(rows->all + 1, rows->count - 1, sizeof *rows->all, by_place);
    for (size_t i = 0; i < group->samples.count; i++) {
        struct zm_sample *s = &group->samples.all[i];
        const char *label = before.all[s->row - rows->all].label;
        size_t r = 0;
        while (strcmp(rows->all[r].label, label) != 0)
            r++;
        s->row = &rows->all[r];
    }
}

int zm_dataset_finish(struct zm_dataset *d)
{
    int status = join_all(d);
    if (d->group_count > 0)
        qsort(d->groups, d->group_count, sizeof(struct zm_group *), by_machine);
    for (size_t g = 0; g < d->group_count; g++)
        sort_rows(d, d->groups[g]);
    return status;
}

void zm_dataset_clear(struct zm_dataset *d)
{
    for (size_t i = 0; i < d->machine_count; i++) {
        free(d->machines[i].name);
        json_decref(d->machines[i].run);
    }
    for (size_t i = 0; i < d->run_count; i++)
        json_decref(d->runs[i].record);
    for (size_t g = 0; g < d->group_count; g++)
        free_group(d->groups[g]);
    free(d->groups);
    free(d->runs);
    free(d->machines);
    *d = (struct zm_dataset){0};
}
