/* Rows from backends.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "row.h"

#include "tools/common/cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zmalloc/backend.h>

#define AGAIN " again"

void zm_rows_add_control(struct zm_rows *rows)
{
    struct zm_row control = rows->all[rows->baseline];
    control.control = true;
    snprintf(control.label, sizeof control.label, "%.*s" AGAIN,
             (int)(ZM_LABEL_MAX - sizeof AGAIN + 1), rows->all[rows->baseline].label);
    rows->all[rows->count++] = control;
}

void zm_rows_from_backends(const struct zm_backend_list *backends, struct zm_rows *out)
{
    *out = (struct zm_rows){.count = backends->count, .baseline = zm_backends_baseline(backends)};
    for (size_t i = 0; i < backends->count; i++) {
        out->all[i].backend = backends->names[i];
        snprintf(out->all[i].label, sizeof out->all[i].label, "%s", backends->names[i]);
    }
}

/* "lib:/usr/lib/libx.so.2" is known by its file. */
static void label(const char *backend, const char *wraps, struct zm_row *row)
{
    char text[512];
    const char *slash = strrchr(backend, '/');
    const char *name = slash ? slash + 1 : backend;
    name += !slash && zm_backend_is_library(backend) ? strlen("lib:") : 0;
    int length = snprintf(text, sizeof text, "%s%s%s", name, wraps ? "," : "", wraps ? wraps : "");
    if (length <= ZM_LABEL_MAX)
        strcpy(row->label, text);
    else
        snprintf(row->label, sizeof row->label, "%.*s...", ZM_LABEL_MAX - 3, text);
}

static char *setting(const char *name, const char *value)
{
    size_t size = strlen(name) + strlen(value) + 2;
    char *text = malloc(size);
    if (text)
        snprintf(text, size, "%s=%s", name, value);
    return text;
}

int zm_row_parse(const char *subcommand, const char *text, struct zm_row *out)
{
    const char *comma = strchr(text, ','), *why;
    const char *wraps = comma ? comma + 1 : NULL;
    *out = (struct zm_row){.backend = zm_backend_find(
                               subcommand, text, comma ? (size_t)(comma - text) : strlen(text))};
    if (!out->backend)
        return ZM_EXIT_NOT_FOUND;
    if (wraps && (!*wraps || zmalloc_check_wraps(wraps, &why) != 0))
        return zm_usage_error(subcommand, "can't wrap with '%s': %s", wraps,
                              *wraps ? why : "nothing is named");
    label(out->backend, wraps, out);

    char **settings = calloc(3, sizeof *settings);
    size_t count = 0;
    const char *tunable = zm_backend_is_library(out->backend) ? zm_backend_tls_tunable() : NULL;
    bool whole = settings && (tunable || !zm_backend_is_library(out->backend));
    if (whole && wraps)
        whole = (settings[count++] = setting("ZMALLOC_WRAP", wraps)) != NULL;
    if (whole && tunable)
        whole = (settings[count++] = setting(ZM_TLS_TUNABLE, tunable)) != NULL;
    if (!whole) {
        zm_error(subcommand, "out of memory");
        return ZM_EXIT_TOOL;
    }
    out->settings = settings;
    return 0;
}

bool zm_rows_add(struct zm_rows *rows, const struct zm_row *row)
{
    for (size_t i = 0; i < rows->count; i++)
        if (strcmp(rows->all[i].label, row->label) == 0)
            return false;
    rows->all[rows->count++] = *row;
    return true;
}

int zm_rows_parse_more(const char *subcommand, const char *text, struct zm_more_rows *more)
{
    if (more->count == ZM_WITH_MAX)
        return zm_usage_error(subcommand, "more than %d times --with", ZM_WITH_MAX);
    int status = zm_row_parse(subcommand, text, &more->all[more->count]);
    more->count += status == 0;
    return status;
}

int zm_rows_add_more(const char *subcommand, const struct zm_more_rows *more, struct zm_rows *rows)
{
    for (size_t i = 0; i < more->count; i++) {
        if (rows->count == ZM_ROWS_MAX - 1) /* the control's */
            return zm_usage_error(subcommand, "more than %d rows", ZM_ROWS_MAX - 1);
        if (!zm_rows_add(rows, &more->all[i]))
            return zm_usage_error(subcommand, "'%s' is there twice", more->all[i].label);
    }
    return 0;
}

/* The control's label is the baseline's, perhaps cut, and a word. */
static bool is_namesake(const struct zm_row *control, const struct zm_row *row)
{
    size_t length = strlen(control->label);
    length -= length < sizeof AGAIN ? length : sizeof AGAIN - 1;
    return strncmp(control->label, row->label, length) == 0 &&
           (row->label[length] == '\0' || length == ZM_LABEL_MAX - sizeof AGAIN + 1);
}

void zm_rows_find_baseline(struct zm_rows *rows)
{
    const struct zm_row *control = NULL;
    for (size_t i = 0; i < rows->count; i++)
        control = rows->all[i].control ? &rows->all[i] : control;
    rows->baseline = 0;
    for (size_t i = rows->count; i-- > 0;) {
        const struct zm_row *row = &rows->all[i];
        if (!row->control && (control ? is_namesake(control, row) : !strcmp(row->label, "libc")))
            rows->baseline = i;
    }
}
