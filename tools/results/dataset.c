/* Finding and adding machines, groups and rows.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "dataset.h"

#include <errno.h>
#include <stdint.h>
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

struct zm_group *zm_dataset_group(struct zm_dataset *d, size_t machine, const char *workload)
{
    for (size_t i = 0; i < d->group_count; i++) {
        if (d->groups[i]->machine == machine && strcmp(d->groups[i]->workload, workload) == 0)
            return d->groups[i];
    }
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
    group->machine = machine;
    group->workload = name;
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

struct zm_row *zm_group_row(struct zm_group *group, const char *label, const char *backend,
                            const json_t *settings, bool control)
{
    struct zm_rows *rows = &group->rows;
    for (size_t i = 0; i < rows->count; i++) {
        if (strcmp(rows->all[i].label, label) == 0)
            return &rows->all[i];
    }
    if (rows->count == ZM_ROWS_MAX)
        return NULL;
    char **list = settings_of(settings);
    struct zm_row *row = &rows->all[rows->count];
    int error = list ? zm_row_make(label, backend, list, row) : -ENOMEM;
    free(list);
    if (error)
        return NULL;
    row->control = control;
    rows->count++;
    return row;
}

int zm_group_add(struct zm_group *group, const char *run, uint64_t seed, struct zm_sample *sample)
{
    if (group->samples.count == 0)
        group->seed = seed;
    else if (strcmp(group->run, run) != 0)
        group->before = group->last;
    strcpy(group->run, run);
    sample->block += group->before;
    if (zm_samples_add(&group->samples, sample) != 0)
        return -ENOMEM;
    group->last = sample->block > group->last ? sample->block : group->last;
    return 0;
}

static int by_machine(const void *a, const void *b)
{
    const struct zm_group *x = *(struct zm_group *const *)a, *y = *(struct zm_group *const *)b;
    if (x->machine != y->machine)
        return x->machine < y->machine ? -1 : 1;
    return strcmp(x->workload, y->workload);
}

/* The baseline stands first; the other rows follow by name, and the control is the last. */
static int by_place(const void *a, const void *b)
{
    const struct zm_row *x = a, *y = b;
    if (x->control != y->control)
        return x->control ? 1 : -1;
    return strcmp(x->label, y->label);
}

/* Blocks are shuffled, so the rows have come in any order. */
static void sort_rows(struct zm_group *group)
{
    struct zm_rows *rows = &group->rows, before = *rows;
    zm_rows_find_baseline(rows);
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

void zm_dataset_finish(struct zm_dataset *d)
{
    if (d->group_count > 0)
        qsort(d->groups, d->group_count, sizeof(struct zm_group *), by_machine);
    for (size_t g = 0; g < d->group_count; g++)
        sort_rows(d->groups[g]);
}

void zm_dataset_clear(struct zm_dataset *d)
{
    for (size_t i = 0; i < d->machine_count; i++) {
        free(d->machines[i].name);
        json_decref(d->machines[i].run);
    }
    for (size_t g = 0; g < d->group_count; g++) {
        struct zm_group *group = d->groups[g];
        zm_rows_clear(&group->rows);
        zm_samples_clear(&group->samples);
        free(group->workload);
        free(group);
    }
    free(d->groups);
    free(d->machines);
    *d = (struct zm_dataset){0};
}
