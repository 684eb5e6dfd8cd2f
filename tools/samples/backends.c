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

void zm_backends_all(struct zm_backend_list *out)
{
    struct zmalloc_backend_info info;
    out->count = 0;
    for (size_t i = 0; out->count < ZM_BACKENDS_MAX && describe(i, &info); i++)
        out->names[out->count++] = info.name;

    size_t base = zm_backends_baseline(out);
    const char *first = out->names[base];
    memmove(out->names + 1, out->names, base * sizeof *out->names);
    out->names[0] = first;
}

#define LIBRARY "lib:"

static bool from_outside(const char *name, size_t length)
{
    return strncmp(name, LIBRARY, strlen(LIBRARY)) == 0 || memchr(name, '/', length) ||
           (length > 3 && memcmp(name + length - 3, ".so", 3) == 0);
}

/* A library without a path is the loader's to find, and to complain about. */
static const char *find_file(const char *subcommand, const char *name, size_t length)
{
    size_t prefix = strncmp(name, LIBRARY, strlen(LIBRARY)) == 0 ? strlen(LIBRARY) : 0;
    char file[PATH_MAX], absolute[PATH_MAX];
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
    char *found = malloc(prefix + strlen(absolute) + 1);
    if (!found) {
        zm_error(subcommand, "out of memory");
        return NULL;
    }
    strcpy(stpcpy(found, prefix ? LIBRARY : ""), absolute);
    return found;
}

bool zm_backend_is_library(const char *name)
{
    return strncmp(name, LIBRARY, strlen(LIBRARY)) == 0;
}

const char *zm_backend_find(const char *subcommand, const char *name, size_t length)
{
    if (from_outside(name, length))
        return find_file(subcommand, name, length);
    struct zmalloc_backend_info info;
    for (size_t i = 0; describe(i, &info); i++) {
        if (strlen(info.name) == length && memcmp(info.name, name, length) == 0)
            return info.name;
    }
    char list[512] = "";
    size_t used = 0;
    for (size_t i = 0; used < sizeof list && describe(i, &info); i++)
        used += (size_t)snprintf(list + used, sizeof list - used, " %s", info.name);
    zm_error(subcommand, "unknown backend '%.*s'; this build has:%s", (int)length, name, list);
    return NULL;
}

int zm_backends_parse(const char *subcommand, const char *text, struct zm_backend_list *out)
{
    out->count = 0;
    for (const char *word = text;; word++) {
        size_t length = strcspn(word, ",");
        if (length == 0)
            return zm_usage_error(subcommand, "empty name in the list of backends '%s'", text);
        const char *name = zm_backend_find(subcommand, word, length);
        if (!name)
            return ZM_EXIT_NOT_FOUND;
        for (size_t i = 0; i < out->count; i++) {
            if (out->names[i] == name)
                return zm_usage_error(subcommand, "backend '%s' is listed twice", name);
        }
        if (out->count == ZM_BACKENDS_MAX)
            return zm_usage_error(subcommand, "more than %d backends", ZM_BACKENDS_MAX);
        out->names[out->count++] = name;
        word += length;
        if (!*word)
            return 0;
    }
}

const char *zm_backend_default(void)
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

const char *zm_backend_tls_tunable(void)
{
    static const char ours[] = "glibc.rtld.optional_static_tls";
    const char *set = getenv(ZM_TLS_TUNABLE);
    if (set && strstr(set, ours))
        return set;
    char *value = malloc((set ? strlen(set) : 0) + sizeof ours + 16);
    if (value)
        sprintf(value, "%s%s%s=65536", set ? set : "", set && *set ? ":" : "", ours);
    return value;
}
