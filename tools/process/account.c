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

#include "tools/common/clock.h"

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
    uint64_t used, inherited = 0;
    out->used = -1;
    if (take_count(object, "used_bytes", &used)) {
        (void)take_count(object, "inherited_used_bytes", &inherited);
        out->used = used > inherited ? (double)(used - inherited) : 0;
    }
    out->age_s = -1;
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

const char *zm_account_seen(const struct zm_looked_at *process, struct zm_account *out)
{
    const struct zm_live_account *seen = &process->account;
    *out = (struct zm_account){.pid = process->source.page.pid,
                               .used = (double)zm_look_used(process),
                               .age_s = zm_look_age(process, zm_now())};
    const char *doubt = zm_look_doubt(process);
    if (doubt)
        return doubt;
    snprintf(out->command, sizeof out->command, "%s", process->state.command);
    snprintf(out->backend, sizeof out->backend, "%s", seen->backend);
    snprintf(out->version, sizeof out->version, "%s", seen->version);
    out->values[ZM_PEAK_LIVE] = (double)seen->own_peak;
    out->values[ZM_PEAK_SLACK] = -1;
    out->values[ZM_PEAK_RSS] = process->peak_rss ? (double)process->peak_rss : -1;
    out->values[ZM_ALLOCATIONS] = (double)zm_look_allocs(process);
    out->values[ZM_ALLOCATED] = (double)zm_look_allocated(process);
    return NULL;
}

/* ---- all of a sample ---- */

struct reading {
    struct zm_accounts *all;
    const char *wanted;
    struct zm_tree *tree;
    zm_account_visitor *visit;
    void *context;
};

/* One from outside is wanted by its file, of which a process that was only seen tells nothing. */
static bool is_wanted(const struct zm_account *one, const char *wanted)
{
    bool outside = strchr(wanted, '/') || strncmp(wanted, "lib:", 4) == 0;
    if (one->age_s >= 0 && outside)
        return true;
    return strcmp(*one->choice ? one->choice : one->backend, wanted) == 0;
}

static void add_account(const struct reading *r, const struct zm_account *one,
                        const struct zm_looked_at *process)
{
    struct zm_accounts *all = r->all;
    if (r->visit)
        r->visit(r->context, one, process);
    if (!is_wanted(one, r->wanted)) {
        strcpy(all->stranger, one->backend);
        return;
    }
    if (one->age_s >= 0) {
        all->seen++;
        all->age_s = one->age_s > all->age_s ? one->age_s : all->age_s;
    }
    if (all->processes++ == 0 || is_larger(one, &all->largest))
        all->largest = *one;
    for (const struct reported *t = reported_figures; t < reported_figures + REPORTED; t++)
        all->values[t->figure] = t->summed ? all->values[t->figure] + one->values[t->figure]
                                           : all->largest.values[t->figure];
}

static void add_line(const struct reading *r, const char *file, unsigned line_number,
                     const char *line, size_t length)
{
    struct zm_account one;
    const char *problem = zm_account_parse(line, length, &one);
    if (problem) {
        if (r->all->damaged++ == 0)
            snprintf(r->all->damage, sizeof r->all->damage, "%s in line %u of %.32s", problem,
                     line_number, file);
        return;
    }
    struct zm_looked_at *process = r->tree ? zm_tree_find(r->tree, one.pid) : NULL;
    if (process)
        process->reported = true;
    add_account(r, &one, process);
}

static void add_seen(const struct reading *r)
{
    for (size_t i = 0; r->tree && i < r->tree->count; i++) {
        struct zm_account one;
        const struct zm_looked_at *process = r->tree->all[i];
        if (!process->reported && !zm_account_seen(process, &one))
            add_account(r, &one, process);
    }
}

static void add_file(const struct reading *r, int directory, const char *name)
{
    struct zm_accounts *all = r->all;
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
        add_line(r, name, ++number, line, (size_t)length);
    free(line);
    fclose(file);
}

int zm_accounts_visit(const char *directory, const char *wanted, struct zm_tree *tree,
                      zm_account_visitor *visit, void *context, struct zm_accounts *out)
{
    const struct reading reading = {out, wanted, tree, visit, context};
    *out = (struct zm_accounts){0};
    DIR *dir = opendir(directory);
    if (!dir)
        return -errno;
    for (struct dirent *entry; (entry = readdir(dir));) {
        size_t length = strlen(entry->d_name);
        if (length > 5 && strcmp(entry->d_name + length - 5, ".json") == 0)
            add_file(&reading, dirfd(dir), entry->d_name);
    }
    closedir(dir);
    add_seen(&reading);
    return 0;
}

int zm_accounts_read(const char *directory, const char *wanted, struct zm_tree *tree,
                     struct zm_accounts *out)
{
    return zm_accounts_visit(directory, wanted, tree, NULL, NULL, out);
}

void zm_accounts_take(const struct zm_accounts *accounts, double *values)
{
    for (const struct reported *t = reported_figures; t < reported_figures + REPORTED; t++)
        values[t->figure] = accounts->values[t->figure];
}
