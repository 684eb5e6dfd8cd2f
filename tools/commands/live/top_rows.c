/* The rows of `zmalloc top`.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "top_rows.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "heaps.h"
#include "tools/common/clock.h"
#include "tools/common/printable.h"
#include "tools/common/units.h"
#include "tools/live/children.h"

const char *const zm_top_order_names[ZM_TOP_ORDERS] = {
    [ZM_TOP_USED] = "used",     [ZM_TOP_PEAK] = "peak", [ZM_TOP_RSS] = "rss",
    [ZM_TOP_ALLOCS] = "allocs", [ZM_TOP_PID] = "pid",
};

static double key(const struct zm_top_row *row, enum zm_top_order order)
{
    switch (order) {
    case ZM_TOP_PEAK:
        return (double)row->process->account.peak;
    case ZM_TOP_RSS:
        return (double)row->process->rss;
    case ZM_TOP_ALLOCS:
        return row->allocs_per_s;
    case ZM_TOP_PID:
        return -(double)row->process->source.pid;
    default:
        return (double)row->used;
    }
}

static enum zm_top_order sorted_by;

static int largest_first(const void *a, const void *b)
{
    const struct zm_top_row *one = a, *other = b;
    double x = key(one, sorted_by), y = key(other, sorted_by);
    if (x != y)
        return x < y ? 1 : -1;
    return one->process->source.pid - other->process->source.pid;
}

void zm_top_sort(struct zm_top *top)
{
    sorted_by = top->order;
    if (top->now.count)
        qsort(top->rows, top->now.count, sizeof *top->rows, largest_first);
}

/* The process as it was at the last look, unless the number is another's by now. */
static const struct zm_live_account *earlier(const struct zm_top *top,
                                             const struct zm_live_process *process)
{
    for (size_t i = 0; i < top->before.count; i++) {
        const struct zm_live_process *p = &top->before.all[i];
        if (p->source.pid == process->source.pid &&
            p->account.started == process->account.started &&
            p->account.allocs <= process->account.allocs)
            return &p->account;
    }
    return NULL;
}

static void fill_in(const struct zm_top *top, const struct zm_live_process *process,
                    struct zm_top_row *row)
{
    const struct zm_live_account *a = &process->account, *before = earlier(top, process);
    double seconds = before ? top->at - top->before_at : (double)(time(NULL) - a->started);
    if (seconds < 1e-3)
        seconds = 1; /* the clock of its start counts whole seconds */
    *row = (struct zm_top_row){
        .process = process,
        .used = a->allocated - a->freed,
        .allocs_per_s = (double)(a->allocs - (before ? before->allocs : 0)) / seconds,
        .bytes_per_s = (double)(a->allocated - (before ? before->allocated : 0)) / seconds,
    };
}

/* Adds these and what descends from them; of those that have ended nothing does. */
static int add_families(const pid_t *pids, size_t count, struct zm_pids *out)
{
    static const struct zm_pids none;
    int status = 0;
    for (size_t i = 0; i < count && status == 0; i++) {
        if (!zm_pids_has(out, pids[i]) && !zm_pids_add(out, pids[i]))
            return -ENOMEM;
        status = zm_descendants(pids[i], &none, true, out);
    }
    return status;
}

static int look(struct zm_top *top, const pid_t *pids, size_t count)
{
    struct zm_pids family = {0};
    int status = add_families(pids, count, &family);
    if (status == 0)
        status = zm_live_list_read(family.all, family.count, &top->before, &top->now, NULL);
    zm_pids_clear(&family);
    return status;
}

int zm_top_look(struct zm_top *top, const pid_t *pids, size_t count)
{
    zm_live_list_free(&top->before);
    top->before = top->now;
    top->before_at = top->at;
    top->at = zm_now();
    top->now = (struct zm_live_list){0};
    top->used = top->rss = 0;
    int status = look(top, pids, count);
    struct zm_top_row *rows = realloc(top->rows, (top->now.count + 1) * sizeof *rows);
    if (!rows)
        return -ENOMEM;
    top->rows = rows;
    for (size_t i = 0; i < top->now.count; i++) {
        fill_in(top, &top->now.all[i], &rows[i]);
        top->used += rows[i].used;
        top->rss += top->now.all[i].rss;
    }
    zm_top_sort(top);
    return status;
}

void zm_top_clear(struct zm_top *top)
{
    zm_live_list_free(&top->now);
    zm_live_list_free(&top->before);
    free(top->rows);
    *top = (struct zm_top){.order = top->order};
}

void zm_top_summary(const struct zm_top *top, char *out, size_t size)
{
    char used[32], rss[32], hidden[64] = "";
    if (top->now.unreadable)
        snprintf(hidden, sizeof hidden, "; %zu may not be read", top->now.unreadable);
    snprintf(out, size, "%zu process%s on zmalloc, used %s, RSS %s%s", top->now.count,
             top->now.count == 1 ? "" : "es",
             zm_with_unit(ZM_BYTES, (double)top->used, used, sizeof used),
             zm_with_unit(ZM_BYTES, (double)top->rss, rss, sizeof rss), hidden);
}

/* 80 columns hold all but the longest names. */
const char *zm_top_heading(bool wide)
{
    return wide ? "    PID backend       used      peak       RSS RSS/used allocs/s   bytes/s    "
                  "blocks "
                  "thr version  command"
                : "    PID backend       used      peak       RSS RSS/used allocs/s thr command";
}

/* "tc_min", "mi2", "je@dev": of names that are too long, without what three have in common. */
static const char *short_backend(const struct zm_live_account *account, char *out, size_t size)
{
    static const char common[] = "malloc", minimal[] = "_minimal";
    const char *name = account->backend, *rest = name + 2 + strlen(common);
    if (strlen(name) <= 8 || strncmp(name + 2, common, strlen(common)) != 0)
        return name;
    bool is_minimal = strncmp(rest, minimal, strlen(minimal)) == 0;
    snprintf(out, size, "%.2s%s%s", name, is_minimal ? "_min" : "",
             rest + (is_minimal ? strlen(minimal) : 0));
    return out;
}

/* The columns of a wide line between those that each line has. */
static void put_more(const struct zm_top_row *row, bool wide, char *rates, char *version)
{
    const struct zm_live_account *a = &row->process->account;
    char bytes[32], blocks[32], name[64];
    *rates = *version = '\0';
    if (!wide)
        return;
    snprintf(rates, 32, " %9s %9s", zm_with_unit(ZM_BYTES, row->bytes_per_s, bytes, sizeof bytes),
             zm_with_unit(ZM_COUNT, (double)(a->allocs - a->frees), blocks, sizeof blocks));
    snprintf(version, 32, "%-8.8s ", zm_printable(a->version, name, sizeof name));
}

void zm_top_line(const struct zm_top_row *row, bool wide, int width, char *out, size_t size)
{
    char backend[64], used[32], peak[32], rss[32], share[32] = "-", allocs[32], name[256];
    char rates[32], version[32], shorter[64];
    const struct zm_live_process *p = row->process;
    double ratio = row->used ? (double)p->rss / (double)row->used : 0;
    if (ratio > 0)
        snprintf(share, sizeof share, ratio < 1e5 ? "%.2f" : ratio < 1e8 ? "%.0f" : "large", ratio);
    put_more(row, wide, rates, version);
    int length = snprintf(
        out, size, "%7ld %-8.8s %9s %9s %9s %8s %8s%s %3u %s", (long)p->source.pid,
        zm_printable(short_backend(&p->account, shorter, sizeof shorter), backend, sizeof backend),
        zm_with_unit(ZM_BYTES, (double)row->used, used, sizeof used),
        zm_with_unit(ZM_BYTES, (double)p->account.peak, peak, sizeof peak),
        p->rss ? zm_with_unit(ZM_BYTES, (double)p->rss, rss, sizeof rss) : "-", share,
        zm_with_unit(ZM_COUNT, row->allocs_per_s, allocs, sizeof allocs), rates, p->account.threads,
        version);
    zm_printable(p->command, name, sizeof name);
    if (length > 0 && length < width && (size_t)length < size)
        snprintf(out + length, size - (size_t)length, "%.*s", width - length, name);
}

struct heap_lines {
    bool wide;
    FILE *out;
};

/* In the columns of the process's line, as far as a heap has them. */
static void put_heap(const struct zm_live_heap_account *heap, int depth, void *arg)
{
    const struct heap_lines *to = arg;
    struct zm_live_account account = {.freed = 0};
    char name[256], backend[64], shorter[64], used[32], peak[32], blocks[32];
    strcpy(account.backend, heap->backend);
    fprintf(to->out, "%7s %-8.8s %9s %9s %27s", "",
            zm_printable(short_backend(&account, shorter, sizeof shorter), backend, sizeof backend),
            zm_with_unit(ZM_BYTES, (double)(heap->allocated - heap->freed), used, sizeof used),
            zm_with_unit(ZM_BYTES, (double)heap->peak, peak, sizeof peak), "");
    if (to->wide)
        fprintf(to->out, "%10s %9s %8s", "",
                zm_with_unit(ZM_COUNT, (double)(heap->allocs - heap->frees), blocks, sizeof blocks),
                "");
    fprintf(to->out, "%5s%*s%s\n", "", 2 * depth, "", zm_printable(heap->name, name, sizeof name));
}

void zm_top_heaps(const struct zm_top_row *row, bool wide, FILE *out)
{
    struct heap_lines to = {wide, out};
    struct zm_heaps heaps;
    if (zm_heaps_read(&row->process->source, &heaps) != 0)
        return;
    zm_heaps_walk(&heaps, put_heap, &to);
    zm_heaps_free(&heaps);
}

static int add_heaps(json_t *object, const struct zm_live_process *process)
{
    struct zm_heaps heaps;
    if (zm_heaps_read(&process->source, &heaps) != 0)
        return 0; /* it has ended, say */
    int status = json_object_set_new(object, "heaps", zm_heaps_json(&heaps));
    zm_heaps_free(&heaps);
    return status;
}

int zm_top_json(const struct zm_top *top, bool heaps, FILE *out)
{
    for (size_t i = 0; i < top->now.count; i++) {
        const struct zm_top_row *row = &top->rows[i];
        const struct zm_live_process *p = row->process;
        char name[256];
        json_t *object = json_pack(
            "{s:s, s:I, s:s, s:s, s:s, s:I, s:I, s:I, s:f, s:f, s:I}", "record", "top", "pid",
            (json_int_t)p->source.pid, "command", zm_printable(p->command, name, sizeof name),
            "backend", p->account.backend, "version", p->account.version, "used_bytes",
            (json_int_t)row->used, "peak_bytes", (json_int_t)p->account.peak, "rss_bytes",
            (json_int_t)p->rss, "allocs_per_s", row->allocs_per_s, "allocated_bytes_per_s",
            row->bytes_per_s, "threads", (json_int_t)p->account.threads);
        int status = object && heaps ? add_heaps(object, p) : 0;
        if (!object || status != 0 ||
            json_dumpf(object, out,
                       JSON_PRESERVE_ORDER | JSON_REAL_PRECISION(9) | JSON_ENSURE_ASCII) != 0)
            status = -1;
        json_decref(object);
        if (status != 0)
            return -ENOMEM;
        fputc('\n', out);
    }
    fflush(out);
    return 0;
}
