/* One sample, one line.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "jsonlines.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <zmalloc/backend.h>

static json_t *count(bool known, uint64_t value)
{
    return known ? json_integer((json_int_t)value) : json_null();
}

FILE *zm_jsonlines_open(const char *path)
{
    FILE *file = fopen(path, "a+e");
    if (!file)
        return NULL;
    /* Not everything that can be written can be read back: a pipe has no end to look at. */
    if (fseek(file, -1, SEEK_END) == 0 && getc(file) != '\n') {
        fseek(file, 0, SEEK_END);
        putc('\n', file);
    }
    clearerr(file);
    return file;
}

/* A command line need not be UTF-8, JSON must be. */
static json_t *text(const char *bytes)
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

int zm_jsonlines_write(FILE *file, const char *workload, uint64_t seed,
                       const struct zm_sample *sample)
{
    json_t *name = text(workload);
    bool known = sample->has_account;
    json_t *line = json_pack(
        "{s:i, s:o, s:s, s:s?, s:i, s:f, s:f, s:f, s:o, s:I, s:I, s:o, s:o, s:o, s:o, s:i, s:b, "
        "s:s*, s:I, "
        "s:I, s:s}",
        "format", ZM_JSONLINES_FORMAT, "workload", name, "backend", sample->backend, "version",
        known ? sample->version : NULL, "block", (int)sample->block, "wall_s", sample->wall_s,
        "user_s", sample->user_s, "sys_s", sample->sys_s, "vmhwm_bytes",
        count(known, sample->vmhwm_bytes), "minflt", (json_int_t)sample->minflt, "majflt",
        (json_int_t)sample->majflt, "peak_live_bytes", count(known, sample->peak_live_bytes),
        "allocs", count(known, sample->allocs), "allocated_bytes",
        count(known, sample->allocated_bytes), "processes", count(known, sample->processes), "exit",
        sample->exit, "ok", sample->ok, "reason", sample->ok ? NULL : sample->reason, "seed",
        (json_int_t)seed, "time", (json_int_t)sample->time, "library", zmalloc_version());
    if (!line)
        return -ENOMEM;
    errno = 0;
    int failed =
        json_dumpf(line, file, JSON_COMPACT | JSON_PRESERVE_ORDER | JSON_REAL_PRECISION(9));
    json_decref(line);
    if (failed || putc('\n', file) == EOF || fflush(file) != 0)
        return errno ? -errno : -EIO;
    return 0;
}
