/* The built-in variants, and how a file's are read.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "variants.h"

#include "tools/common/cli.h"

#include <ctype.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SETTINGS_MAX 15

/* In the file's own notation. Those that reserve memory or need rights are left to files. */
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
    "mimalloc: mimalloc",
    "mimalloc large pages: mimalloc MIMALLOC_LARGE_OS_PAGES=1",
    "mimalloc page reset: mimalloc MIMALLOC_PAGE_RESET=1",
    "mimalloc delay 5s: mimalloc MIMALLOC_SEGMENT_DECOMMIT_DELAY=5000",
    "mimalloc keeps all: mimalloc MIMALLOC_ALLOW_DECOMMIT=0",
};

static const char *find(const struct zm_backend_list *backends, const char *name)
{
    for (size_t i = 0; i < backends->count; i++) {
        if (strcmp(backends->names[i], name) == 0)
            return backends->names[i];
    }
    return NULL;
}

static void free_settings(char **settings)
{
    for (char **s = settings; s && *s; s++)
        free(*s);
    free(settings);
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

/* "NAME=VALUE", the name one that a shell would take. */
static bool is_setting(const char *word)
{
    size_t length = strspn(word, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_");
    return length > 0 && !isdigit((unsigned char)word[0]) && word[length] == '=';
}

static const char *add_settings(char *rest, struct zm_row *row)
{
    char **settings = calloc(SETTINGS_MAX + 1, sizeof *settings);
    if (!settings)
        return "out of memory";
    size_t count = 0;
    const char *problem = NULL;
    for (char *word; !problem && (word = next_word(&rest));) {
        if (!is_setting(word))
            problem = "a setting is not NAME=VALUE";
        else if (count == SETTINGS_MAX)
            problem = "too many settings";
        else if (!(settings[count++] = strdup(word)))
            problem = "out of memory";
    }
    if (problem)
        free_settings(settings);
    else
        row->settings = settings;
    return problem;
}

/* Takes a line apart; NULL, else what is wrong with it. Lines without a row are fine. */
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
    char *rest = colon + 2, *name = next_word(&rest);
    struct zm_row row = {.backend = name ? find(known, name) : NULL};
    if (!row.backend)
        return "a backend that this build doesn't have";
    if (!*line || strlen(line) > ZM_LABEL_MAX)
        return "the label must have 1 to 24 characters";
    strcpy(row.label, line);
    for (size_t i = 0; i < rows->count; i++) {
        if (strcmp(rows->all[i].label, row.label) == 0)
            return "the label is there twice";
    }
    if (!find(wanted, row.backend))
        return NULL;
    if (rows->count == ZM_ROWS_MAX - 1)
        return "too many rows";
    const char *problem = add_settings(rest, &row);
    if (!problem)
        rows->all[rows->count++] = row;
    return problem;
}

void zm_variants_builtin(const struct zm_backend_list *backends, struct zm_rows *out)
{
    *out = (struct zm_rows){.count = 0};
    for (size_t i = 0; i < sizeof builtin / sizeof *builtin; i++) {
        char line[256];
        strcpy(line, builtin[i]);
        add_line(line, backends, backends, out); /* what is wrong is a backend that is not wanted */
    }
    zm_rows_find_baseline(out);
}

int zm_variants_read(const char *subcommand, const char *path,
                     const struct zm_backend_list *backends, struct zm_rows *out)
{
    struct zm_backend_list known;
    zm_backends_all(&known);
    *out = (struct zm_rows){.count = 0};
    FILE *file = fopen(path, "re");
    if (!file) {
        zm_error(subcommand, "can't read '%s': %s", path, strerror(errno));
        return ZM_EXIT_TOOL;
    }
    char *line = NULL;
    size_t size = 0, number = 0;
    const char *problem = NULL;
    while (!problem && getline(&line, &size, file) > 0) {
        number++;
        problem = add_line(line, &known, backends, out);
    }
    int error = ferror(file) ? errno : 0;
    free(line);
    fclose(file);
    if (problem)
        return zm_usage_error(subcommand, "%s:%zu: %s", path, number, problem);
    if (error) {
        zm_error(subcommand, "can't read '%s': %s", path, strerror(error));
        return ZM_EXIT_TOOL;
    }
    if (out->count == 0)
        return zm_usage_error(subcommand, "no variant of the wanted backends in '%s'", path);
    zm_rows_find_baseline(out);
    return 0;
}

void zm_variants_clear(struct zm_rows *rows)
{
    for (size_t i = 0; i < rows->count; i++) {
        if (!rows->all[i].control)
            free_settings((char **)(uintptr_t)rows->all[i].settings);
    }
    rows->count = 0;
}
