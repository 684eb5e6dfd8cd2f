/* The built-in variants, and reading those of a file.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "variants.h"

#include "tools/common/cli.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SETTINGS_MAX 15

/* Each setting under its names of 2.0 and of later releases; what a release doesn't know it passes
 * by. */
#define MIMALLOC(name)                                                                             \
    name ": " name,                                                                                \
        name " large pages: " name " MIMALLOC_ALLOW_LARGE_OS_PAGES=1 MIMALLOC_LARGE_OS_PAGES=1",   \
        name " page reset: " name " MIMALLOC_PURGE_DECOMMITS=0 MIMALLOC_PAGE_RESET=1",             \
        name " delay 5s: " name " MIMALLOC_PURGE_DELAY=5000 MIMALLOC_SEGMENT_DECOMMIT_DELAY=5000", \
        name " keeps all: " name " MIMALLOC_PURGE_DELAY=-1 MIMALLOC_ALLOW_DECOMMIT=0"

/* In the notation of the files. Variants that reserve memory or need rights are not among them:
 * whoever wants those writes a file. */
static const char *const builtin[] = {
    "libc: libc",
    "libc 1 arena: libc GLIBC_TUNABLES=glibc.malloc.arena_max=1",
    "libc huge pages: libc GLIBC_TUNABLES=glibc.malloc.hugetlb=1",
    "libc no tcache: libc GLIBC_TUNABLES=glibc.malloc.tcache_count=0",
    ("libc keeps 256M: libc GLIBC_TUNABLES=glibc.malloc.trim_threshold=268435456:"
     "glibc.malloc.mmap_threshold=33554432"),
    "jemalloc: jemalloc",
    "jemalloc background: jemalloc MALLOC_CONF=background_thread:true",
    "jemalloc decay 0: jemalloc MALLOC_CONF=dirty_decay_ms:0,muzzy_decay_ms:0",
    "jemalloc decay 60s: jemalloc MALLOC_CONF=dirty_decay_ms:60000,muzzy_decay_ms:0",
    "jemalloc 1 arena: jemalloc MALLOC_CONF=narenas:1",
    "jemalloc huge pages: jemalloc MALLOC_CONF=thp:always,metadata_thp:auto",
    "tcmalloc: tcmalloc",
    "tcmalloc release 10: tcmalloc TCMALLOC_RELEASE_RATE=10",
    "tcmalloc decommit: tcmalloc TCMALLOC_AGGRESSIVE_DECOMMIT=1",
    "tcmalloc cache 256M: tcmalloc TCMALLOC_MAX_TOTAL_THREAD_CACHE_BYTES=268435456",
    "tcmalloc_minimal: tcmalloc_minimal",
    MIMALLOC("mimalloc"),
    MIMALLOC("mimalloc2"),
    "rpmalloc: rpmalloc",
    "snmalloc: snmalloc",
};

static bool is_listed(const struct zm_backend_list *backends, const char *name)
{
    for (size_t i = 0; i < backends->count; i++) {
        if (strcmp(backends->names[i], name) == 0)
            return true;
    }
    return false;
}

static char *next_word(char **rest)
{
    char *word = *rest + strspn(*rest, " \t");
    if (!*word)
        return NULL;
    char *end = word + strcspn(word, " \t");
    *rest = *end ? end + 1 : end;
    *end = '\0';
    return word;
}

/* Whether the word is NAME=VALUE, with a name that a shell would take. */
static bool is_setting(const char *word)
{
    size_t length = strspn(word, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_");
    return length > 0 && !isdigit((unsigned char)word[0]) && word[length] == '=';
}

/* The words of `rest` as settings. NULL, or what is wrong with them. */
static const char *take_settings(char *rest, char *settings[SETTINGS_MAX + 1])
{
    size_t count = 0;
    for (char *word; (word = next_word(&rest)); count++) {
        if (!is_setting(word))
            return "a setting is not NAME=VALUE";
        if (count == SETTINGS_MAX)
            return "too many settings";
        settings[count] = word;
    }
    settings[count] = NULL;
    return NULL;
}

/* Adds the row that the line describes. Returns NULL, or what is wrong with the line. A line
 * without a row is fine, and so is one of a backend that is not wanted. */
static const char *add_line(char *line, const struct zm_backend_list *known,
                            const struct zm_backend_list *wanted, struct zm_rows *rows)
{
    line[strcspn(line, "#\n")] = '\0';
    line += strspn(line, " \t");
    if (!*line)
        return NULL;
    char *colon = strstr(line, ": ");
    if (!colon)
        return "not LABEL: BACKEND [NAME=VALUE ...]";
    *colon = '\0';
    char *rest = colon + 2, *backend = next_word(&rest), *settings[SETTINGS_MAX + 1];
    struct zm_row row;
    if (!backend || !is_listed(known, backend))
        return "a backend that this build doesn't have";
    if (!*line || strlen(line) > ZM_LABEL_MAX)
        return "the label must have 1 to 24 characters";
    if (!is_listed(wanted, backend))
        return NULL;
    if (rows->count == ZM_ROWS_MAX - 1)
        return "too many rows";
    const char *problem = take_settings(rest, settings);
    if (problem)
        return problem;
    if (zm_row_make(line, backend, settings, &row) != 0)
        return "out of memory";
    if (zm_rows_add(rows, &row))
        return NULL;
    zm_row_clear(&row);
    return "the label is there twice";
}

void zm_variants_builtin(const struct zm_backend_list *backends, struct zm_rows *out)
{
    for (size_t i = 0; i < sizeof builtin / sizeof *builtin; i++) {
        char line[256];
        strcpy(line, builtin[i]);
        add_line(line, backends, backends, out); /* the only fault: a backend that is not wanted */
    }
    zm_rows_find_baseline(out);
}

static int refuse(const char *subcommand, const char *path, int error)
{
    zm_error(subcommand, "can't read '%s': %s", path, strerror(error));
    return ZM_EXIT_TOOL;
}

/* Adds the file's rows. */
static int add_file(const char *subcommand, const char *path, const struct zm_backend_list *known,
                    const struct zm_backend_list *wanted, struct zm_rows *out)
{
    FILE *file = fopen(path, "re");
    if (!file)
        return refuse(subcommand, path, errno);
    char *line = NULL;
    size_t size = 0, number = 0;
    const char *problem = NULL;
    while (!problem && getline(&line, &size, file) > 0) {
        number++;
        problem = add_line(line, known, wanted, out);
    }
    int error = ferror(file) ? errno : 0;
    free(line);
    fclose(file);
    if (problem)
        return zm_usage_error(subcommand, "%s:%zu: %s", path, number, problem);
    return error ? refuse(subcommand, path, error) : 0;
}

int zm_variants_read(const char *subcommand, const char *path,
                     const struct zm_backend_list *backends, struct zm_rows *out)
{
    struct zm_backend_list known = {.count = 0};
    int status = zm_backends_all(subcommand, &known);
    if (status == 0)
        status = add_file(subcommand, path, &known, backends, out);
    zm_backends_clear(&known);
    if (status == 0 && out->count == 0)
        return zm_usage_error(subcommand, "no variant of the wanted backends in '%s'", path);
    zm_rows_find_baseline(out);
    return status;
}
