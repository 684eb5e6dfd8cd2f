/* Names of backends, looked up in the library's registry.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "backends.h"

#include "tools/common/cli.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zmalloc/backend.h>

static bool describe(size_t index, struct zmalloc_backend_info *out)
{
    *out = (struct zmalloc_backend_info){.struct_size = sizeof *out};
    return zmalloc_backend_describe(index, out) == 0;
}

static int out_of_memory(const char *subcommand)
{
    zm_error(subcommand, "out of memory");
    return ZM_EXIT_TOOL;
}

int zm_backends_all(const char *subcommand, struct zm_backend_list *out)
{
    struct zmalloc_backend_info info;
    for (size_t i = 0; out->count < ZM_BACKENDS_MAX && describe(i, &info); i++) {
        out->names[out->count] = strdup(info.name);
        if (!out->names[out->count])
            return out_of_memory(subcommand);
        out->count++;
    }
    size_t base = zm_backends_baseline(out);
    char *first = out->names[base];
    memmove(out->names + 1, out->names, base * sizeof *out->names);
    out->names[0] = first;
    return 0;
}

void zm_backends_clear(struct zm_backend_list *list)
{
    while (list->count > 0)
        free(list->names[--list->count]);
}

#define LIBRARY "lib:"

static bool from_outside(const char *name, size_t length)
{
    return strncmp(name, LIBRARY, strlen(LIBRARY)) == 0 || memchr(name, '/', length) ||
           (length > 3 && memcmp(name + length - 3, ".so", 3) == 0);
}

/* A library that is named without a path is left to the loader to find, and to complain about. */
static char *find_file(const char *subcommand, const char *name, size_t length)
{
    size_t prefix = strncmp(name, LIBRARY, strlen(LIBRARY)) == 0 ? strlen(LIBRARY) : 0;
    char file[PATH_MAX], absolute[PATH_MAX], *found;
    if (length - prefix >= sizeof file || length == prefix) {
        zm_error(subcommand, "no file name: '%.*s'", (int)length, name);
        return NULL;
    }
    snprintf(file, sizeof file, "%.*s", (int)(length - prefix), name + prefix);
    if (!strchr(file, '/'))
        strcpy(absolute, file);
    else if (!realpath(file, absolute)) {
        zm_error(subcommand, "no backend '%.*s': %s", (int)length, name, strerror(errno));
        return NULL;
    }
    if (asprintf(&found, "%s%s", prefix ? LIBRARY : "", absolute) >= 0)
        return found;
    out_of_memory(subcommand);
    return NULL;
}

bool zm_backend_is_library(const char *name)
{
    return strncmp(name, LIBRARY, strlen(LIBRARY)) == 0;
}

static void refuse(const char *subcommand, const char *name, size_t length)
{
    struct zmalloc_backend_info info;
    char list[512] = "";
    size_t used = 0;
    for (size_t i = 0; used < sizeof list && describe(i, &info); i++)
        used += (size_t)snprintf(list + used, sizeof list - used, " %s", info.name);
    zm_error(subcommand, "unknown backend '%.*s'; this build has:%s", (int)length, name, list);
}

char *zm_backend_find(const char *subcommand, const char *name, size_t length)
{
    if (from_outside(name, length))
        return find_file(subcommand, name, length);
    struct zmalloc_backend_info info;
    for (size_t i = 0; describe(i, &info); i++) {
        if (strlen(info.name) != length || memcmp(info.name, name, length) != 0)
            continue;
        char *found = strdup(info.name);
        if (!found)
            out_of_memory(subcommand);
        return found;
    }
    refuse(subcommand, name, length);
    return NULL;
}

/* Takes `name` over. */
static int add(const char *subcommand, char *name, struct zm_backend_list *list)
{
    int status = 0;
    for (size_t i = 0; i < list->count && status == 0; i++) {
        if (strcmp(list->names[i], name) == 0)
            status = zm_usage_error(subcommand, "backend '%s' is listed twice", name);
    }
    if (status == 0 && list->count == ZM_BACKENDS_MAX)
        status = zm_usage_error(subcommand, "more than %d backends", ZM_BACKENDS_MAX);
    if (status == 0)
        list->names[list->count++] = name;
    else
        free(name);
    return status;
}

int zm_backends_parse(const char *subcommand, const char *text, struct zm_backend_list *out)
{
    zm_backends_clear(out);
    for (const char *word = text;; word++) {
        size_t length = strcspn(word, ",");
        if (length == 0)
            return zm_usage_error(subcommand, "empty name in the list of backends '%s'", text);
        char *name = zm_backend_find(subcommand, word, length);
        if (!name)
            return ZM_EXIT_NOT_FOUND;
        int status = add(subcommand, name, out);
        word += length;
        if (status != 0 || !*word)
            return status;
    }
}

const char *zm_default_backend_name(void)
{
    struct zmalloc_backend_info info;
    for (size_t i = 0; describe(i, &info); i++) {
        if (info.is_default)
            return info.name;
    }
    return NULL;
}

size_t zm_backends_baseline(const struct zm_backend_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        if (strcmp(list->names[i], "libc") == 0)
            return i;
    }
    return 0;
}

char *zm_backend_tls_tunable(void)
{
    static const char ours[] = "glibc.rtld.optional_static_tls";
    const char *set = getenv(ZM_TLS_TUNABLE);
    if (set && strstr(set, ours))
        return strdup(set);
    char *value;
    if (asprintf(&value, "%s%s%s=65536", set ? set : "", set && *set ? ":" : "", ours) < 0)
        return NULL;
    return value;
}
