/* One record, one line.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "jsonlines.h"

#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

FILE *zm_jsonlines_open(const char *path)
{
    FILE *file = fopen(path, "a+e");
    if (!file)
        return NULL;
    /* A pipe has no end to look at, which is no error. */
    if (fseek(file, -1, SEEK_END) == 0 && getc(file) != '\n') {
        fseek(file, 0, SEEK_END);
        putc('\n', file);
    }
    clearerr(file);
    return file;
}

json_t *zm_json_text(const char *bytes)
{
    json_t *value = json_string(bytes);
    if (value)
        return value;
    char *ascii = strdup(bytes);
    for (char *c = ascii; c && *c; c++) {
        if ((unsigned char)*c >= 0x80)
            *c = '?';
    }
    value = json_string(ascii);
    free(ascii);
    return value;
}

int zm_jsonlines_write(FILE *file, json_t *record)
{
    if (!record)
        return -ENOMEM;
    errno = 0;
    int failed =
        json_dumpf(record, file, JSON_COMPACT | JSON_PRESERVE_ORDER | JSON_REAL_PRECISION(9));
    json_decref(record);
    if (failed || putc('\n', file) == EOF || fflush(file) != 0)
        return errno ? -errno : -EIO;
    return 0;
}

static json_t *settings(char *const *all)
{
    json_t *array = json_array();
    for (; all && *all; all++)
        json_array_append_new(array, zm_json_text(*all));
    return array;
}

/* Whole numbers are written without a fraction, and unknown ones as null. */
static json_t *number(double value)
{
    if (value < 0)
        return json_null();
    if (value == floor(value) && value < 0x1p53)
        return json_integer((json_int_t)value);
    return json_real(value);
}

static json_t *timeline(const struct zm_timeline *rss)
{
    json_t *s = json_array(), *bytes = json_array();
    for (size_t i = 0; i < rss->count; i++) {
        json_array_append_new(s, json_real(round(rss->points[i].s * 1e4) / 1e4));
        json_array_append_new(bytes, number(rss->points[i].bytes));
    }
    return json_pack("{s:o, s:o}", "s", s, "bytes", bytes);
}

/* Whether the processes have reported, or were only seen. */
static const char *told_by(const struct zm_sample *sample)
{
    return sample->seen == 0                                      ? "report"
           : (double)sample->seen == sample->values[ZM_PROCESSES] ? "looks"
                                                                  : "both";
}

int zm_jsonlines_write_sample(FILE *file, const char *run, const char *workload, uint64_t seed,
                              const struct zm_sample *sample)
{
    const struct zm_row *row = sample->row;
    json_t *line = json_pack(
        "{s:i, s:s, s:s, s:o, s:o, s:o, s:o, s:b, s:o?, s:i, s:I, s:I, s:i, s:b, s:o*}", "format",
        ZM_JSONLINES_FORMAT, "record", "sample", "run", run, "workload", zm_json_text(workload),
        "row", zm_json_text(row->label), "backend", zm_json_text(row->backend), "settings",
        settings(row->settings), "control", row->control, "version",
        *sample->version ? zm_json_text(sample->version) : NULL, "block", (int)sample->block,
        "seed", (json_int_t)seed, "time", (json_int_t)sample->time, "exit", sample->exit, "ok",
        sample->ok, "reason", sample->ok ? NULL : zm_json_text(sample->reason));
    for (size_t f = 0; line && f < ZM_MEASURED; f++) {
        /* Unknown figures are null; but those that few machines or programs have are left out. */
        if (f < ZM_INSTRUCTIONS || sample->values[f] >= 0)
            json_object_set_new(line, zm_figure_info((enum zm_figure)f)->key,
                                number(sample->values[f]));
    }
    if (line && row->command)
        json_object_set_new(line, "command", zm_json_text(row->command));
    if (line && *sample->ended)
        json_object_set_new(line, "ended", json_string(sample->ended));
    if (line && sample->version[0])
        json_object_set_new(line, "told", json_string(told_by(sample)));
    if (line && sample->seen > 0)
        json_object_set_new(line, "age_ms", json_real(round(sample->age_s * 1e5) / 100));
    if (line && *sample->own_allocator)
        json_object_set_new(line, "own_allocator", json_string(sample->own_allocator));
    if (line && sample->self_report)
        json_object_set_new(line, "result", json_loads(sample->self_report, 0, NULL));
    if (line && sample->rss && sample->rss->count > 0)
        json_object_set_new(line, "rss", timeline(sample->rss));
    return zm_jsonlines_write(file, line);
}
