/* Reading the accounts of a command's processes. A file is empty until its process exits, and stays
 * so if the process is killed or runs another program. It may also be cut off or damaged, because
 * the command may write anything there.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "account.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The figures of an account: the sum over all processes, or what the largest one has. `inherited`
 * is what a forked process has from its parent, which reports it itself; NULL: nothing. */
static const struct reported {
    const char *key, *inherited;
    enum zm_figure figure;
    bool summed;
    bool optional;
} reported_figures[] = {
    {"peak_bytes", NULL, ZM_PEAK_LIVE, false, false},
    {"peak_slack_bytes", NULL, ZM_PEAK_SLACK, false, true},
    {"vmhwm_bytes", NULL, ZM_PEAK_RSS, false, true}, /* there is none without /proc */
    {"allocs", "inherited_allocs", ZM_ALLOCATIONS, true, false},
    {"allocated_bytes", "inherited_allocated_bytes", ZM_ALLOCATED, true, false},
};
enum { REPORTED = sizeof reported_figures / sizeof *reported_figures };

static bool take_text(const json_t *object, const char *key, char *out, size_t size)
{
    const char *text = json_string_value(json_object_get(object, key));
    if (!text || !*text || strlen(text) >= size)
        return false;
    strcpy(out, text);
    return true;
}

static bool take_count(const json_t *object, const char *key, uint64_t *out)
{
    const json_t *value = json_object_get(object, key);
    if (!json_is_integer(value) || json_integer_value(value) < 0)
        return false;
    *out = (uint64_t)json_integer_value(value);
    return true;
}

/* The figures without what was inherited. NULL, or what is wrong with them. */
static const char *take_figures(const json_t *object, struct zm_account *out)
{
    static char problem[64];
    for (const struct reported *t = reported_figures; t < reported_figures + REPORTED; t++) {
        uint64_t count, inherited = 0;
        if (t->optional && !json_object_get(object, t->key)) {
            out->values[t->figure] = -1;
            continue;
        }
        if (!take_count(object, t->key, &count)) {
            snprintf(problem, sizeof problem, "no %s", t->key);
            return problem;
        }
        if (t->inherited && json_object_get(object, t->inherited) &&
            (!take_count(object, t->inherited, &inherited) || inherited > count))
            return "more inherited than there is";
        out->values[t->figure] = (double)(count - inherited);
    }
    return NULL;
}

const char *zm_account_parse(const char *line, size_t length, struct zm_account *out)
{
    json_t *object = json_loadb(line, length, 0, NULL);
    if (!json_is_object(object)) {
        json_decref(object);
        return "not a whole JSON object";
    }
    uint64_t pid = 0;
    *out = (struct zm_account){0};
    const char *problem = NULL;
    if (!take_count(object, "pid", &pid) || pid == 0 || pid > INT32_MAX)
        problem = "no pid";
    else if (!take_text(object, "backend", out->backend, sizeof out->backend))
        problem = "no backend";
    else if (!take_text(object, "version", out->version, sizeof out->version))
        problem = "no version";
    else if (json_object_get(object, "choice") &&
             !take_text(object, "choice", out->choice, sizeof out->choice))
        problem = "no choice";
    else
        problem = take_figures(object, out);
    if (!take_text(object, "command", out->command, sizeof out->command))
        out->command[0] = '\0';
    out->pid = (int64_t)pid;
    json_decref(object);
    return problem;
}

/* By what was resident, or where nobody knows that, by what was allocated. */
static bool is_larger(const struct zm_account *a, const struct zm_account *b)
{
    enum zm_figure by = a->values[ZM_PEAK_RSS] < 0 ? ZM_PEAK_LIVE : ZM_PEAK_RSS;
    return a->values[by] > b->values[by];
}

static void add_line(struct zm_accounts *all, const char *wanted, const char *file,
                     unsigned line_number, const char *line, size_t length)
{
    struct zm_account one;
    const char *problem = zm_account_parse(line, length, &one);
    if (problem) {
        if (all->damaged++ == 0)
            snprintf(all->damage, sizeof all->damage, "%s in line %u of %.32s", problem,
                     line_number, file);
        return;
    }
    if (strcmp(*one.choice ? one.choice : one.backend, wanted) != 0) {
        strcpy(all->stranger, one.backend);
        return;
    }
    if (all->processes++ == 0 || is_larger(&one, &all->largest))
        all->largest = one;
    for (const struct reported *t = reported_figures; t < reported_figures + REPORTED; t++)
        all->values[t->figure] = t->summed ? all->values[t->figure] + one.values[t->figure]
                                           : all->largest.values[t->figure];
}

static void add_file(struct zm_accounts *all, const char *wanted, int directory, const char *name)
{
    int fd = openat(directory, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    FILE *file = fd < 0 ? NULL : fdopen(fd, "r");
    if (!file) {
        if (all->damaged++ == 0)
            snprintf(all->damage, sizeof all->damage, "%s: %.32s", strerror(errno), name);
        if (fd >= 0)
            close(fd);
        return;
    }
    char *line = NULL;
    size_t size = 0;
    ssize_t length;
    unsigned number = 0;
    while ((length = getline(&line, &size, file)) > 0)
        add_line(all, wanted, name, ++number, line, (size_t)length);
    free(line);
    fclose(file);
}

int zm_accounts_read(const char *directory, const char *wanted, struct zm_accounts *out)
{
    *out = (struct zm_accounts){0};
    DIR *dir = opendir(directory);
    if (!dir)
        return -errno;
    for (struct dirent *entry; (entry = readdir(dir));) {
        size_t length = strlen(entry->d_name);
        if (length > 5 && strcmp(entry->d_name + length - 5, ".json") == 0)
            add_file(out, wanted, dirfd(dir), entry->d_name);
    }
    closedir(dir);
    return 0;
}

void zm_accounts_take(const struct zm_accounts *accounts, double *values)
{
    for (const struct reported *t = reported_figures; t < reported_figures + REPORTED; t++)
        values[t->figure] = accounts->values[t->figure];
}
