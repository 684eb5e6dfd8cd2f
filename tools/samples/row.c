/* Making rows.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "row.h"

#include "tools/common/cli.h"
#include "tools/common/shell.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zmalloc/backend.h>

#define AGAIN " again"

static int out_of_memory(const char *subcommand)
{
    zm_error(subcommand, "out of memory");
    return ZM_EXIT_TOOL;
}

/* ---- a row ---- */

static char **copy_list(char *const *settings)
{
    size_t count = 0;
    while (settings[count])
        count++;
    char **copy = calloc(count + 1, sizeof *copy);
    for (size_t i = 0; copy && i < count; i++) {
        copy[i] = strdup(settings[i]);
        if (copy[i])
            continue;
        while (i > 0)
            free(copy[--i]);
        free(copy);
        return NULL;
    }
    return copy;
}

int zm_row_make(const char *label, const char *backend, char *const *settings, struct zm_row *out)
{
    *out = (struct zm_row){.backend = strdup(backend),
                           .settings = settings ? copy_list(settings) : NULL};
    snprintf(out->label, sizeof out->label, "%s", label);
    if (out->backend && (out->settings || !settings))
        return 0;
    zm_row_clear(out);
    return -ENOMEM;
}

int zm_row_set_command(struct zm_row *row, const char *program, char *const *argv)
{
    row->program = strdup(program);
    row->argv = copy_list(argv);
    row->command = zm_shell_line(argv);
    return row->program && row->argv && row->command ? 0 : -ENOMEM;
}

int zm_row_copy(const char *label, const struct zm_row *from, struct zm_row *out)
{
    int status = zm_row_make(label, from->backend, from->settings, out);
    if (status == 0 && from->program)
        status = zm_row_set_command(out, from->program, from->argv);
    if (status != 0)
        zm_row_clear(out);
    return status;
}

static void free_list(char **list)
{
    for (char **s = list; s && *s; s++)
        free(*s);
    free(list);
}

void zm_row_clear(struct zm_row *row)
{
    free_list(row->settings);
    free_list(row->argv);
    free(row->program);
    free(row->command);
    free(row->backend);
    *row = (struct zm_row){.backend = NULL};
}

/* ---- rows ---- */

bool zm_rows_add(struct zm_rows *rows, struct zm_row *row)
{
    for (size_t i = 0; i < rows->count; i++) {
        if (strcmp(rows->all[i].label, row->label) == 0)
            return false;
    }
    rows->all[rows->count++] = *row;
    *row = (struct zm_row){.backend = NULL};
    return true;
}

void zm_rows_clear(struct zm_rows *rows)
{
    while (rows->count > 0)
        zm_row_clear(&rows->all[--rows->count]);
}

/* A backend from outside is known by its file's name alone. */
static void make_label(const char *backend, const char *wraps, char out[ZM_LABEL_MAX + 1])
{
    char text[512];
    const char *slash = strrchr(backend, '/');
    const char *name = slash ? slash + 1 : backend;
    name += !slash && zm_backend_is_library(backend) ? strlen("lib:") : 0;
    int length = snprintf(text, sizeof text, "%s%s%s", name, wraps ? "," : "", wraps ? wraps : "");
    if (length <= ZM_LABEL_MAX)
        strcpy(out, text);
    else
        snprintf(out, ZM_LABEL_MAX + 1, "%.*s...", ZM_LABEL_MAX - 3, text);
}

int zm_rows_from_backends(const char *subcommand, const struct zm_backend_list *backends,
                          struct zm_rows *out)
{
    out->baseline = zm_backends_baseline(backends);
    for (size_t i = 0; i < backends->count; i++) {
        char label[ZM_LABEL_MAX + 1];
        struct zm_row row;
        make_label(backends->names[i], NULL, label);
        if (zm_row_make(label, backends->names[i], NULL, &row) != 0)
            return out_of_memory(subcommand);
        if (!zm_rows_add(out, &row)) {
            zm_row_clear(&row);
            return zm_usage_error(subcommand, "'%s' is there twice", label);
        }
    }
    return 0;
}

/* ---- --with ---- */

static char *make_setting(const char *name, const char *value)
{
    char *text;
    return asprintf(&text, "%s=%s", name, value) < 0 ? NULL : text;
}

/* A row whose process has, besides the backend, the wraps in its environment and what a library
 * wants there. 0, or -ENOMEM. */
static int make_row(const char *backend, const char *wraps, struct zm_row *out)
{
    char label[ZM_LABEL_MAX + 1], *settings[3] = {NULL}, *tunable = NULL;
    size_t count = 0;
    make_label(backend, wraps, label);
    bool whole = true;
    if (wraps)
        whole = (settings[count++] = make_setting("ZMALLOC_WRAP", wraps)) != NULL;
    if (whole && zm_backend_is_library(backend)) {
        tunable = zm_backend_tls_tunable();
        whole = tunable && (settings[count++] = make_setting(ZM_TLS_TUNABLE, tunable)) != NULL;
    }
    int status = whole ? zm_row_make(label, backend, settings, out) : -ENOMEM;
    free(tunable);
    free(settings[0]);
    free(settings[1]);
    return status;
}

int zm_rows_parse_more(const char *subcommand, const char *text, struct zm_more_rows *more)
{
    if (more->count == ZM_WITH_MAX)
        return zm_usage_error(subcommand, "more than %d times --with", ZM_WITH_MAX);
    size_t length = strcspn(text, ",");
    const char *wraps = text[length] ? text + length + 1 : NULL, *why;
    char *backend = zm_backend_find(subcommand, text, length);
    if (!backend)
        return ZM_EXIT_NOT_FOUND;
    int status = 0;
    if (wraps && (!*wraps || zmalloc_check_wraps(wraps, &why) != 0))
        status = zm_usage_error(subcommand, "can't wrap with '%s': %s", wraps,
                                *wraps ? why : "nothing is named");
    else if (make_row(backend, wraps, &more->all[more->count]) == 0)
        more->count++;
    else
        status = out_of_memory(subcommand);
    free(backend);
    return status;
}

int zm_rows_add_more(const char *subcommand, struct zm_more_rows *more, struct zm_rows *rows)
{
    for (size_t i = 0; i < more->count; i++) {
        if (rows->count == ZM_ROWS_MAX - 1) /* the last one is the control's */
            return zm_usage_error(subcommand, "more than %d rows", ZM_ROWS_MAX - 1);
        if (!zm_rows_add(rows, &more->all[i]))
            return zm_usage_error(subcommand, "'%s' is there twice", more->all[i].label);
    }
    return 0;
}

void zm_more_rows_clear(struct zm_more_rows *more)
{
    while (more->count > 0)
        zm_row_clear(&more->all[--more->count]);
}

/* ---- a setting for all ---- */

/* 0, or -ENOMEM. */
static int add_setting(struct zm_row *row, const char *setting)
{
    size_t count = 0;
    while (row->settings && row->settings[count])
        count++;
    char **settings = realloc(row->settings, (count + 2) * sizeof *settings);
    if (!settings)
        return -ENOMEM;
    row->settings = settings;
    settings[count] = strdup(setting);
    settings[count + 1] = NULL;
    return settings[count] ? 0 : -ENOMEM;
}

int zm_rows_set(const char *subcommand, const char *setting, bool both, const char *word,
                struct zm_rows *rows)
{
    size_t count = rows->count;
    if (both && 2 * count > ZM_ROWS_MAX - 1) /* the last one is the control's */
        return zm_usage_error(subcommand, "more than %d rows", ZM_ROWS_MAX - 1);
    for (size_t i = 0; i < count; i++) {
        struct zm_row copy, *row = &rows->all[i];
        if (both) {
            char label[ZM_LABEL_MAX + 1];
            snprintf(label, sizeof label, "%.*s %s", (int)(ZM_LABEL_MAX - 1 - strlen(word)),
                     row->label, word);
            if (zm_row_copy(label, row, &copy) != 0)
                return out_of_memory(subcommand);
            if (!zm_rows_add(rows, &copy)) {
                zm_row_clear(&copy);
                return zm_usage_error(subcommand, "'%s' is there twice", label);
            }
            row = &rows->all[rows->count - 1];
        }
        if (add_setting(row, setting) != 0)
            return out_of_memory(subcommand);
    }
    return 0;
}

/* ---- baseline and control ---- */

/* Whether the control's label is the row's, perhaps cut, and a word. */
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

int zm_rows_add_control(struct zm_rows *rows)
{
    const struct zm_row *base = &rows->all[rows->baseline];
    struct zm_row *control = &rows->all[rows->count];
    char label[ZM_LABEL_MAX + 1];
    snprintf(label, sizeof label, "%.*s" AGAIN, (int)(ZM_LABEL_MAX - sizeof AGAIN + 1),
             base->label);
    int status = zm_row_copy(label, base, control);
    if (status != 0)
        return status;
    control->control = true;
    rows->count++;
    return 0;
}
