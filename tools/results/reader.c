/* Turning lines of JSON into samples.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "reader.h"

#include "jsonlines.h"
#include "tools/common/cli.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAMED_LINES 5 /* of a file; further bad lines are only counted */
#define BLOCKS_MAX  1000000

static const char *text_of(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

/* These add a record. They return NULL, or what is wrong with it. */

static const char *add_run(struct zm_dataset *d, json_t *line)
{
    const json_t *host = json_object_get(line, "host");
    const char *id = text_of(line, "run"), *name = text_of(host, "name");
    const char *cpu = text_of(host, "cpu");
    if (!id || strlen(id) > ZM_RUN_ID || !json_is_object(host))
        return "a run without its name or machine";
    char machine[256];
    snprintf(machine, sizeof machine, "%s, %s, %lld cores", name ? name : "unnamed",
             cpu ? cpu : "unknown CPU",
             (long long)json_integer_value(json_object_get(host, "cores")));
    size_t run;
    if (zm_dataset_run(d, id, &run) != 0 ||
        zm_dataset_machine(d, machine, line, &d->runs[run].machine) != 0)
        return "out of memory";
    json_decref(d->runs[run].record);
    d->runs[run].record = json_incref(line);
    return NULL;
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
    const char *told = text_of(line, "told"), *ended = text_of(line, "ended");
    snprintf(sample->ended, sizeof sample->ended, "%s", ended ? ended : "");
    sample->seen = told && strcmp(told, "report") != 0;
    sample->age_s = json_number_value(json_object_get(line, "age_ms")) / 1000;
    const char *own = text_of(line, "own_allocator");
    snprintf(sample->own_allocator, sizeof sample->own_allocator, "%s", own ? own : "");
    read_timeline(json_object_get(line, "rss"), sample);
}

static bool is_block(const json_t *number)
{
    return json_is_integer(number) && json_integer_value(number) >= 1 &&
           json_integer_value(number) <= BLOCKS_MAX;
}

/* The row that the sample belongs to. NULL: the group is full, or memory is out. */
static struct zm_row *find_row(struct zm_group *group, const json_t *line, const char *label,
                               const char *backend)
{
    const char *version = text_of(line, "version");
    if (strcmp(backend, "none") == 0) /* zmalloc bench without an allocator */
        return zm_group_floor(group, label);
    struct zm_row *row =
        zm_group_row(group, label, backend, json_object_get(line, "settings"),
                     json_is_true(json_object_get(line, "control")), version ? version : "");
    const char *command = text_of(line, "command");
    if (!row || !command || row->command)
        return row;
    row->command = strdup(command);
    return row->command ? row : NULL;
}

static const char *add_sample(struct zm_dataset *d, const json_t *line)
{
    const char *id = text_of(line, "run"), *workload = text_of(line, "workload");
    const char *backend = text_of(line, "backend"), *label = text_of(line, "row");
    const json_t *number = json_object_get(line, "block"), *ok = json_object_get(line, "ok");
    label = label ? label : backend; /* format 1 had no rows */
    id = id ? id : "";
    if (!workload || !backend || !*label || strlen(label) > ZM_LABEL_MAX ||
        strlen(id) > ZM_RUN_ID || !is_block(number) || !json_is_boolean(ok))
        return "a sample without workload, backend, block or ok";
    size_t run;
    struct zm_group *group =
        zm_dataset_run(d, id, &run) == 0 ? zm_dataset_group(d, run, workload) : NULL;
    if (!group)
        return "out of memory";
    struct zm_row *row = find_row(group, line, label, backend);
    if (!row)
        return group->rows.count == ZM_ROWS_MAX ? "too many rows" : "out of memory";
    unsigned block = (unsigned)json_integer_value(number);
    if (d->runs[run].file != d->files && zm_group_has(group, row, block))
        return NULL; /* a copy of a file that was read before */

    struct zm_sample sample;
    zm_sample_init(&sample, row, block);
    sample.ok = json_is_true(ok);
    read_values(line, &sample);
    if (zm_group_add(group, (uint64_t)json_integer_value(json_object_get(line, "seed")), &sample) ==
        0)
        return NULL;
    zm_sample_clear(&sample);
    return "out of memory";
}

/* Returns NULL, or what is wrong with the line, which may be in `buf`. */
static const char *add_line(struct zm_dataset *d, const char *text, size_t length, char *buf,
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
        problem = add_run(d, line);
    } else if (format == 1 || (record && strcmp(record, "sample") == 0)) {
        problem = add_sample(d, line);
    } else {
        problem = "an unknown kind of record";
    }
    json_decref(line);
    return problem;
}

int zm_dataset_read(const char *subcommand, const char *path, struct zm_dataset *out)
{
    bool is_stdin = strcmp(path, "-") == 0;
    FILE *file = is_stdin ? stdin : fopen(path, "re");
    char *line = NULL, buf[128];
    size_t size = 0, number = 0, bad = 0;
    for (ssize_t length; file && (length = getline(&line, &size, file)) > 0;) {
        number++;
        const char *problem = add_line(out, line, (size_t)length, buf, sizeof buf);
        if (problem && ++bad <= NAMED_LINES)
            zm_error(subcommand, "%s:%zu: %s; left out", path, number, problem);
    }
    bool failed = !file || ferror(file);
    if (failed)
        zm_error(subcommand, "can't read '%s': %s", path, strerror(errno));
    else if (bad > NAMED_LINES)
        zm_error(subcommand, "%s: %zu more lines left out", path, bad - NAMED_LINES);
    out->left_out += bad;
    out->files++;
    free(line);
    if (file && !is_stdin)
        fclose(file);
    return failed ? ZM_EXIT_TOOL : 0;
}
