/* Comparing the records of runs.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "circumstances.h"

#include <string.h>

/* Counts differences, and writes them if there is a file. */
struct differences {
    size_t count;
    FILE *out;
};

static void put_value(FILE *out, const json_t *value)
{
    if (json_is_string(value))
        fputs(json_string_value(value), out);
    else if (json_is_integer(value))
        fprintf(out, "%lld", (long long)json_integer_value(value));
    else
        fputs("nothing", out);
}

static void add(struct differences *d, const char *what, const json_t *before, const json_t *after)
{
    if (before == after || json_equal(before, after))
        return;
    if (d->count++ > 0 && d->out)
        fputs(", ", d->out);
    if (!d->out)
        return;
    fprintf(d->out, "%s ", what);
    put_value(d->out, before);
    fputs(" -> ", d->out);
    put_value(d->out, after);
}

static void add_known(struct differences *d, const char *what, const json_t *before,
                      const json_t *after)
{
    if (before && after && !json_is_null(before) && !json_is_null(after))
        add(d, what, before, after);
}

static void add_versions(struct differences *d, json_t *before, const json_t *after)
{
    const char *name;
    json_t *value;
    json_object_foreach(before, name, value)
    {
        add_known(d, name, value, json_object_get(after, name));
    }
}

/* The path of the preload library is no setting: its hash tells whether it is another. */
static bool is_setting(const char *name)
{
    return strcmp(name, "ZMALLOC_PRELOAD") != 0;
}

static void add_tunables(struct differences *d, json_t *before, json_t *after)
{
    const char *name;
    json_t *value;
    json_object_foreach(before, name, value)
    {
        if (is_setting(name))
            add(d, name, value, json_object_get(after, name));
    }
    json_object_foreach(after, name, value)
    {
        if (is_setting(name) && !json_object_get(before, name))
            add(d, name, NULL, value);
    }
}

static void add_records(struct differences *d, const json_t *before, const json_t *after)
{
    static const char *const of_host[][2] = {{"CPU", "cpu"},
                                             {"kernel", "system"},
                                             {"cores", "cores"},
                                             {"memory", "ram_bytes"},
                                             {"page size", "page_bytes"},
                                             {"huge pages", "thp"},
                                             {"CPU governor", "governor"}};
    const json_t *x = json_object_get(before, "host"), *y = json_object_get(after, "host");
    for (size_t i = 0; i < sizeof of_host / sizeof *of_host; i++)
        add_known(d, of_host[i][0], json_object_get(x, of_host[i][1]),
                  json_object_get(y, of_host[i][1]));
    add_known(d, "zmalloc", json_object_get(before, "library"), json_object_get(after, "library"));
    add_known(d, "preload library", json_object_get(before, "library_fnv1a"),
              json_object_get(after, "library_fnv1a"));
    add_versions(d, json_object_get(before, "backends"), json_object_get(after, "backends"));
    if (before && after)
        add_tunables(d, json_object_get(before, "tunables"), json_object_get(after, "tunables"));
}

static json_t *settings_of(const struct zm_row *row)
{
    char text[1024] = "";
    size_t used = 0;
    for (char *const *s = row->settings; s && *s && used < sizeof text; s++)
        used += (size_t)snprintf(text + used, sizeof text - used, "%s%s", used ? " " : "", *s);
    return *text ? json_string(text) : NULL;
}

static void add_texts(struct differences *d, const char *what, const char *before,
                      const char *after)
{
    json_t *x = before ? json_string(before) : NULL, *y = after ? json_string(after) : NULL;
    add(d, what, x, y);
    json_decref(x);
    json_decref(y);
}

static void add_row(struct differences *d, const struct zm_row *before, const struct zm_row *after,
                    bool versions)
{
    json_t *x = settings_of(before), *y = settings_of(after);
    add(d, before->label, x, y);
    json_decref(x);
    json_decref(y);
    add_texts(d, before->label, before->backend, after->backend);
    add_texts(d, before->label, before->command, after->command);
    if (versions && *before->version && *after->version &&
        strcmp(before->version, after->version) != 0) {
        add_texts(d, before->label, before->version, after->version);
    }
}

static void add_rows(struct differences *d, const struct zm_rows *before,
                     const struct zm_rows *after)
{
    /* Of versions the records of the runs have told already, if they know any. */
    bool versions = d->count == 0;
    for (size_t i = 0; i < before->count; i++) {
        for (size_t j = 0; j < after->count; j++) {
            if (!before->all[i].control && strcmp(before->all[i].label, after->all[j].label) == 0)
                add_row(d, &before->all[i], &after->all[j], versions);
        }
    }
}

static size_t differ(const struct zm_dataset *dataset, const struct zm_group *before,
                     const struct zm_group *after, FILE *out)
{
    struct differences d = {0, out};
    add_records(&d, dataset->runs[before->run].record, dataset->runs[after->run].record);
    add_rows(&d, &before->rows, &after->rows);
    return d.count;
}

bool zm_circumstances_same(const struct zm_dataset *dataset, const struct zm_group *a,
                           const struct zm_group *b)
{
    return differ(dataset, a, b, NULL) == 0;
}

void zm_circumstances_put(const struct zm_dataset *dataset, const struct zm_group *before,
                          const struct zm_group *after, FILE *out)
{
    differ(dataset, before, after, out);
}

char *zm_circumstances_text(const struct zm_dataset *dataset, const struct zm_group *before,
                            const struct zm_group *after)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    if (!out)
        return NULL;
    zm_circumstances_put(dataset, before, after, out);
    if (fclose(out) == 0)
        return text;
    free(text);
    return NULL;
}

size_t zm_circumstances_put_records(const json_t *before, const json_t *after, FILE *out)
{
    struct differences d = {0, out};
    add_records(&d, before, after);
    return d.count;
}

bool zm_circumstances_same_machine(const json_t *before, const json_t *after)
{
    const json_t *x = json_object_get(before, "host"), *y = json_object_get(after, "host");
    return json_equal(json_object_get(x, "cpu"), json_object_get(y, "cpu")) &&
           json_equal(json_object_get(x, "cores"), json_object_get(y, "cores"));
}
