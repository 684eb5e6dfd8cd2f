/* One row for each process, in the order in which they were seen.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "run_table.h"

#include "tools/common/clock.h"
#include "tools/common/table.h"
#include "tools/common/units.h"
#include "tools/process/account.h"
#include "tools/process/child.h"
#include "tools/results/jsonlines.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#define ROWS_MAX 40 /* more are only summed */

struct row {
    long pid;
    char command[64], backend[128];
    double used, peak, peak_rss, allocations; /* negative: unknown */
    double age_s;                             /* negative: it has reported */
    const struct zm_looked_at *process;       /* NULL: it was not seen */
    size_t place;
};

struct rows {
    struct row *all;
    size_t count;
    const struct zm_tree *tree;
    bool failed;
};

static struct row *add(struct rows *rows)
{
    bool full = (rows->count & (rows->count - 1)) == 0;
    struct row *all = rows->all;
    if (full)
        all = realloc(rows->all, (rows->count ? 2 * rows->count : 1) * sizeof *all);
    if (!all) {
        rows->failed = true;
        return NULL;
    }
    rows->all = all;
    return &all[rows->count++];
}

static size_t place_of(const struct zm_tree *tree, const struct zm_looked_at *process)
{
    size_t place = 0;
    while (place < tree->count && tree->all[place] != process)
        place++;
    return place;
}

static void add_account(void *context, const struct zm_account *account,
                        const struct zm_looked_at *process)
{
    struct rows *rows = context;
    struct row *row = add(rows);
    if (!row)
        return;
    *row = (struct row){.pid = (long)account->pid,
                        .used = account->used,
                        .peak = account->values[ZM_PEAK_LIVE],
                        .peak_rss = account->values[ZM_PEAK_RSS],
                        .allocations = account->values[ZM_ALLOCATIONS],
                        .age_s = account->age_s,
                        .process = process,
                        .place = place_of(rows->tree, process)};
    strcpy(row->command, account->command);
    strcpy(row->backend, account->backend);
}

/* Those that have no account: static, say. */
static void add_others(struct rows *rows)
{
    for (size_t i = 0; i < rows->tree->count; i++) {
        const struct zm_looked_at *process = rows->tree->all[i];
        const char *doubt = process->reported ? NULL : zm_look_doubt(process);
        struct row *row = doubt && process->images > 0 ? add(rows) : NULL;
        if (!row)
            continue;
        *row = (struct row){.pid = (long)process->pid,
                            .used = -1,
                            .peak = -1,
                            .peak_rss = process->peak_rss ? (double)process->peak_rss : -1,
                            .allocations = -1,
                            .age_s = -1,
                            .process = process,
                            .place = i};
        strcpy(row->command, process->state.command);
    }
}

/* "exit 0", "SIGKILL"; "ended" if nobody has told how, which needs no telling of one that has
 * reported: it exits first. */
static const char *ended(const struct row *row, char *buf, size_t size)
{
    char name[32];
    const struct zm_looked_at *p = row->process;
    if (p && p->ending == ZM_STILL_RUNNING)
        return "running";
    if (!p || p->ending == ZM_ENDED_UNSEEN)
        return row->age_s < 0 && row->peak >= 0 ? "reported" : "ended";
    if (WIFSIGNALED(p->status))
        snprintf(buf, size, "%s", zm_signal_name(WTERMSIG(p->status), name, sizeof name));
    else
        snprintf(buf, size, "exit %d", WEXITSTATUS(p->status));
    return buf;
}

static void put_amount(struct zm_table *table, enum zm_quantity quantity, double value)
{
    char text[32];
    zm_table_cell(table, "%s", value < 0 ? "-" : zm_with_unit(quantity, value, text, sizeof text));
}

static void put_end(struct zm_table *table, const struct row *row)
{
    char how[40];
    const char *end = ended(row, how, sizeof how);
    if (row->peak < 0)
        zm_table_aside(table, "%s; no account", end);
    else if (row->age_s >= 0 && strcmp(end, "running") != 0)
        zm_table_aside(table, "%s; seen at most %.0f ms before", end, ceil(1e3 * row->age_s));
    else
        zm_table_aside(table, "%s", end);
}

static int by_peak(const void *a, const void *b)
{
    double one = ((const struct row *)a)->peak, other = ((const struct row *)b)->peak;
    return (one < other) - (one > other);
}

static int by_place(const void *a, const void *b)
{
    size_t one = ((const struct row *)a)->place, other = ((const struct row *)b)->place;
    return (one > other) - (one < other);
}

static void fill_in(struct zm_table *table, struct rows *rows)
{
    static const char *const titles[] = {"PID",  "command",  "backend",     "used",
                                         "peak", "peak RSS", "allocations", "ended"};
    struct row sum = {0};
    size_t shown = rows->count < ROWS_MAX ? rows->count : ROWS_MAX;
    for (size_t i = 0; i < sizeof titles / sizeof *titles; i++)
        zm_table_cell(table, "%s", titles[i]);
    if (rows->count > shown)
        qsort(rows->all, rows->count, sizeof *rows->all, by_peak);
    qsort(rows->all, shown, sizeof *rows->all, by_place);
    for (size_t i = 0; i < rows->count; i++) {
        const struct row *row = &rows->all[i];
        sum.used += fmax(row->used, 0);
        sum.allocations += fmax(row->allocations, 0);
        if (i >= shown)
            continue;
        zm_table_cell(table, "%ld", row->pid);
        zm_table_cell(table, "%.15s", row->command);
        zm_table_cell(table, "%s", *row->backend ? row->backend : "-");
        put_amount(table, ZM_BYTES, row->used);
        put_amount(table, ZM_BYTES, row->peak);
        put_amount(table, ZM_BYTES, row->peak_rss);
        put_amount(table, ZM_COUNT, row->allocations);
        put_end(table, row);
    }
    zm_table_cell(table, "all");
    zm_table_cell(table, "%zu process%s", rows->count, rows->count == 1 ? "" : "es");
    zm_table_cell(table, "%s", "");
    put_amount(table, ZM_BYTES, sum.used);
    zm_table_cell(table, "%s", "");
    zm_table_cell(table, "%s", "");
    put_amount(table, ZM_COUNT, sum.allocations);
    if (rows->count > shown)
        zm_table_aside(table, "%zu with lower peaks are not shown", rows->count - shown);
    else
        zm_table_cell(table, "%s", "");
}

/* PSS is seen at moments, a process's own peak is exact: the higher of both is nearer. */
static void print_most(const struct rows *rows)
{
    const struct zm_tree *tree = rows->tree;
    char pss[32], used[32];
    double largest = -1;
    if (tree->processes < 2)
        return;
    for (size_t i = 0; i < rows->count; i++)
        largest = fmax(largest, rows->all[i].peak_rss);
    fprintf(stderr, "most at once: %zu processes", tree->processes);
    if (largest > tree->pss)
        fprintf(stderr, "; memory %s (peak RSS of the largest)",
                zm_with_unit(ZM_BYTES, largest, pss, sizeof pss));
    else if (tree->pss >= 0)
        fprintf(stderr, "; memory of %zu %s (sum of PSS)", tree->pss_processes,
                zm_with_unit(ZM_BYTES, tree->pss, pss, sizeof pss));
    if (tree->pss_hidden > 0)
        fprintf(stderr, " without %zu that may not be read", tree->pss_hidden);
    fprintf(stderr, "; in use %s\n", zm_with_unit(ZM_BYTES, tree->used, used, sizeof used));
}

int zm_run_table(const char *folder, const char *backend, struct zm_tree *tree)
{
    struct rows rows = {.tree = tree};
    struct zm_accounts accounts;
    struct zm_table *table = zm_table_new("rllrrrrl");
    int status =
        table ? zm_accounts_visit(folder, backend, tree, add_account, &rows, &accounts) : -ENOMEM;
    add_others(&rows);
    if (status == 0 && !rows.failed) {
        fill_in(table, &rows);
        status = zm_table_print(table, stderr, zm_wants_colour(stderr));
        print_most(&rows);
        if (accounts.damaged > 0)
            fprintf(stderr, "a report could not be read: %s\n", accounts.damage);
    }
    zm_table_free(table);
    free(rows.all);
    return status ? status : rows.failed ? -ENOMEM : 0;
}

int zm_run_line(const struct zm_looked_at *p, FILE *out)
{
    const struct zm_live_account *a = &p->account, *first = &p->inherited;
    struct row row = {.peak = 0, .process = p};
    char how[40];
    const char *end = ended(&row, how, sizeof how);
    bool forked = p->state.forked;
    json_t *line = json_pack(
        "{s:I, s:I, s:o, s:o, s:o, s:I, s:I, s:I, s:I, s:I, s:I}", "pid",
        (json_int_t)p->source.page.pid, "ppid", (json_int_t)p->state.parent, "command",
        zm_json_text(p->state.command), "backend", zm_json_text(a->backend), "version",
        zm_json_text(a->version), "used_bytes", (json_int_t)(a->allocated - a->freed), "peak_bytes",
        (json_int_t)a->own_peak, "allocated_bytes", (json_int_t)a->allocated, "freed_bytes",
        (json_int_t)a->freed, "allocs", (json_int_t)a->allocs, "frees", (json_int_t)a->frees);
    if (line && forked) {
        json_object_set_new(line, "inherited_used_bytes",
                            json_integer((json_int_t)(first->allocated - first->freed)));
        json_object_set_new(line, "inherited_allocated_bytes",
                            json_integer((json_int_t)first->allocated));
        json_object_set_new(line, "inherited_freed_bytes", json_integer((json_int_t)first->freed));
        json_object_set_new(line, "inherited_allocs", json_integer((json_int_t)first->allocs));
        json_object_set_new(line, "inherited_frees", json_integer((json_int_t)first->frees));
    }
    if (line && p->rss)
        json_object_set_new(line, "rss_bytes", json_integer((json_int_t)p->rss));
    if (line && p->peak_rss)
        json_object_set_new(line, "vmhwm_bytes", json_integer((json_int_t)p->peak_rss));
    if (line) {
        json_object_set_new(line, "told", json_string("looks"));
        json_object_set_new(line, "age_ms", json_real(ceil(1e5 * zm_look_age(p, zm_now())) / 100));
        json_object_set_new(line, "ended", json_string(end));
    }
    return zm_jsonlines_write(out, line);
}
