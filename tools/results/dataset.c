/* Reading what compare and bench have written, also what a crash has damaged.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "dataset.h"

#include "jsonlines.h"
#include "tools/common/cli.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAMED_LINES 5 /* of a file; the others are counted */
#define BLOCKS_MAX  1000000

struct run {
    char id[ZM_RUN_ID + 1];
    size_t machine;
};

/* One file while it is read. */
struct reader {
    struct zm_dataset *dataset;
    struct run *runs;
    size_t run_count;
};

static const char *text_of(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

/* Room for one more; NULL: out of memory. The array is kept then. */
static void *grow(void *array, size_t count, size_t size)
{
    return count & (count - 1) ? array : realloc(array, (count ? 2 * count : 1) * size);
}

static bool machine_of(struct zm_dataset *d, const char *name, json_t *run, size_t *out)
{
    for (size_t i = 0; i < d->machine_count; i++) {
        if (strcmp(d->machines[i].name, name) == 0) {
            *out = i;
            return true;
        }
    }
    struct zm_machine *machines = grow(d->machines, d->machine_count, sizeof *machines);
    char *copy = strdup(name);
    if (!machines || !copy) {
        free(copy);
        return false;
    }
    d->machines = machines;
    *out = d->machine_count;
    machines[d->machine_count++] = (struct zm_machine){copy, json_incref(run)};
    return true;
}

/* NULL, else what is wrong. */
static const char *add_run(struct reader *r, json_t *line)
{
    const json_t *host = json_object_get(line, "host");
    const char *id = text_of(line, "run"), *name = text_of(host, "name"),
               *cpu = text_of(host, "cpu");
    if (!id || strlen(id) > ZM_RUN_ID || !json_is_object(host))
        return "a run without its name or machine";
    char machine[256];
    snprintf(machine, sizeof machine, "%s, %s, %lld cores", name ? name : "unnamed",
             cpu ? cpu : "unknown CPU",
             (long long)json_integer_value(json_object_get(host, "cores")));
    struct run *runs = grow(r->runs, r->run_count, sizeof *runs);
    if (!runs)
        return "out of memory";
    r->runs = runs;
    strcpy(runs[r->run_count].id, id);
    if (!machine_of(r->dataset, machine, line, &runs[r->run_count].machine))
        return "out of memory";
    r->run_count++;
    return NULL;
}

static struct zm_group *group_of(struct zm_dataset *d, size_t machine, const char *workload)
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

/* The settings that `array` lists, as a list that points into it. The caller frees it. */
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

static struct zm_row *row_of(struct zm_group *group, const json_t *line, const char *label,
                             const char *backend)
{
    struct zm_rows *rows = &group->rows;
    for (size_t i = 0; i < rows->count; i++) {
        if (strcmp(rows->all[i].label, label) == 0)
            return &rows->all[i];
    }
    if (rows->count == ZM_ROWS_MAX)
        return NULL;
    char **settings = settings_of(json_object_get(line, "settings"));
    struct zm_row *row = &rows->all[rows->count];
    int error = settings ? zm_row_make(label, backend, settings, row) : -ENOMEM;
    free(settings);
    if (error)
        return NULL;
    row->control = json_is_true(json_object_get(line, "control"));
    rows->count++;
    return row;
}

static void read_timeline(const json_t *rss, struct zm_sample *sample)
{
    const json_t *s = json_object_get(rss, "s"), *bytes = json_object_get(rss, "bytes");
    if (!json_is_array(s) || json_array_size(s) != json_array_size(bytes))
        return;
    sample->rss = zm_timeline_new();
    for (size_t i = 0; sample->rss && i < json_array_size(s); i++)
        zm_timeline_add(sample->rss, json_number_value(json_array_get(s, i)),
                        json_number_value(json_array_get(bytes, i)));
}

static void read_values(const json_t *line, struct zm_sample *sample)
{
    for (size_t f = 0; f < ZM_MEASURED; f++) {
        const json_t *value = json_object_get(line, zm_figure_info((enum zm_figure)f)->key);
        if (json_is_number(value) && json_number_value(value) >= 0)
            sample->values[f] = json_number_value(value);
    }
    const char *reason = text_of(line, "reason"), *version = text_of(line, "version");
    snprintf(sample->reason, sizeof sample->reason, "%s", reason ? reason : "");
    snprintf(sample->version, sizeof sample->version, "%s", version ? version : "");
    read_timeline(json_object_get(line, "rss"), sample);
}

static size_t run_of(const struct reader *r, const char *id)
{
    size_t i = r->run_count;
    while (i > 0 && strcmp(r->runs[i - 1].id, id) != 0)
        i--;
    return i; /* one more than the index; 0: none */
}

static const char *add_sample(struct reader *r, const json_t *line)
{
    const char *run = text_of(line, "run"), *workload = text_of(line, "workload");
    const char *backend = text_of(line, "backend"), *label = text_of(line, "row");
    const json_t *block = json_object_get(line, "block"), *ok = json_object_get(line, "ok");
    label = label ? label : backend; /* format 1 */
    run = run ? run : "";
    if (!workload || !backend || !*label || strlen(label) > ZM_LABEL_MAX ||
        strlen(run) > ZM_RUN_ID || !json_is_integer(block) || json_integer_value(block) < 1 ||
        json_integer_value(block) > BLOCKS_MAX || !json_is_boolean(ok))
        return "a sample without workload, backend, block or ok";
    if (strcmp(backend, "none") == 0)
        return NULL; /* the floor of zmalloc bench: no allocator to compare */
    size_t known = run_of(r, run), machine;
    if (known > 0)
        machine = r->runs[known - 1].machine;
    else if (!machine_of(r->dataset, "unknown machine", NULL, &machine))
        return "out of memory";
    struct zm_group *group = group_of(r->dataset, machine, workload);
    struct zm_row *row = group ? row_of(group, line, label, backend) : NULL;
    if (!row)
        return group && group->rows.count == ZM_ROWS_MAX ? "too many rows" : "out of memory";

    unsigned number = (unsigned)json_integer_value(block);
    if (group->samples.count == 0)
        group->seed = (uint64_t)json_integer_value(json_object_get(line, "seed"));
    else if (strcmp(group->run, run) != 0)
        group->before = group->last;
    strcpy(group->run, run);
    struct zm_sample sample;
    zm_sample_init(&sample, row, group->before + number);
    sample.ok = json_is_true(ok);
    read_values(line, &sample);
    if (zm_samples_add(&group->samples, &sample) != 0) {
        zm_sample_clear(&sample);
        return "out of memory";
    }
    group->last = sample.block > group->last ? sample.block : group->last;
    return NULL;
}

static const char *add_line(struct reader *r, const char *text, size_t length, char *buf,
                            size_t size)
{
    json_error_t error;
    json_t *line = json_loadb(text, length, 0, &error);
    const char *problem = NULL, *record = text_of(line, "record");
    json_int_t format = json_integer_value(json_object_get(line, "format"));
    if (!json_is_object(line)) {
        problem = "not a whole JSON object";
    } else if (format < 1 || format > ZM_JSONLINES_FORMAT) {
        snprintf(buf, size, "format %lld is unknown; this program reads 1 to %d", (long long)format,
                 ZM_JSONLINES_FORMAT);
        problem = buf;
    } else if (record && strcmp(record, "run") == 0) {
        problem = add_run(r, line);
    } else if (format == 1 || (record && strcmp(record, "sample") == 0)) {
        problem = add_sample(r, line);
    } else {
        problem = "an unknown kind of record";
    }
    json_decref(line);
    return problem;
}

int zm_dataset_read(const char *subcommand, const char *path, struct zm_dataset *out)
{
    FILE *file = fopen(path, "re");
    char *line = NULL, buf[128];
    size_t size = 0, number = 0, bad = 0;
    struct reader reader = {out, NULL, 0};
    for (ssize_t length; file && (length = getline(&line, &size, file)) > 0;) {
        number++;
        const char *problem = add_line(&reader, line, (size_t)length, buf, sizeof buf);
        if (problem && ++bad <= NAMED_LINES)
            zm_error(subcommand, "%s:%zu: %s; left out", path, number, problem);
    }
    bool failed = !file || ferror(file);
    if (failed)
        zm_error(subcommand, "can't read '%s': %s", path, strerror(errno));
    else if (bad > NAMED_LINES)
        zm_error(subcommand, "%s: %zu more lines left out", path, bad - NAMED_LINES);
    out->left_out += bad;
    free(line);
    free(reader.runs);
    if (file)
        fclose(file);
    return failed ? ZM_EXIT_TOOL : 0;
}

static int by_machine(const void *a, const void *b)
{
    const struct zm_group *x = *(struct zm_group *const *)a, *y = *(struct zm_group *const *)b;
    if (x->machine != y->machine)
        return x->machine < y->machine ? -1 : 1;
    return strcmp(x->workload, y->workload);
}

/* Baseline, the others by name, control. */
static int by_place(const void *a, const void *b)
{
    const struct zm_row *x = a, *y = b;
    if (x->control != y->control)
        return x->control ? 1 : -1;
    return strcmp(x->label, y->label);
}

/* Shuffled blocks have left the rows in no order. */
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
