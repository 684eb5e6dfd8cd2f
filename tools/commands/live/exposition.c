/* Names, units and types by the conventions of OpenMetrics: base units, counters end with _total.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "exposition.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "heaps.h"

/* A process with what its page tells beside the account. */
struct exposed {
    const struct zm_live_process *process;
    struct zm_live_limits limits;
    struct zm_live_number *numbers;
    size_t number_count;
    struct zm_heaps heaps;
};

static uint64_t used(const struct exposed *e)
{
    return e->process->account.allocated - e->process->account.freed;
}

static uint64_t peak(const struct exposed *e)
{
    return e->process->account.peak;
}

static uint64_t resident(const struct exposed *e)
{
    return e->process->rss;
}

static uint64_t allocated(const struct exposed *e)
{
    return e->process->account.allocated;
}

static uint64_t freed(const struct exposed *e)
{
    return e->process->account.freed;
}

static uint64_t allocations(const struct exposed *e)
{
    return e->process->account.allocs;
}

static uint64_t frees(const struct exposed *e)
{
    return e->process->account.frees;
}

static uint64_t threads(const struct exposed *e)
{
    return e->process->account.threads;
}

static uint64_t soft(const struct exposed *e)
{
    return e->limits.soft;
}

static uint64_t hard(const struct exposed *e)
{
    return e->limits.hard;
}

static uint64_t reclaims(const struct exposed *e)
{
    return e->limits.reclaims;
}

static uint64_t refused(const struct exposed *e)
{
    return e->limits.refused;
}

static uint64_t started(const struct exposed *e)
{
    return (uint64_t)e->process->account.started;
}

enum kind { GAUGE, IF_ANY, COUNTER }; /* IF_ANY: a gauge whose 0 means that there is none */

static const struct metric {
    const char *name, *unit, *help;
    enum kind kind;
    uint64_t (*value)(const struct exposed *exposed);
} metrics[] = {
    {"zmalloc_used_bytes", "bytes", "Bytes in blocks that are allocated now.", GAUGE, used},
    {"zmalloc_peak_bytes", "bytes", "Most bytes that were used at once.", GAUGE, peak},
    {"zmalloc_resident_bytes", "bytes", "Resident memory of the process.", IF_ANY, resident},
    {"zmalloc_allocated_bytes", "bytes", "Bytes allocated since the start.", COUNTER, allocated},
    {"zmalloc_freed_bytes", "bytes", "Bytes freed since the start.", COUNTER, freed},
    {"zmalloc_allocations", NULL, "Blocks allocated since the start.", COUNTER, allocations},
    {"zmalloc_frees", NULL, "Blocks freed since the start.", COUNTER, frees},
    {"zmalloc_threads", NULL, "Threads that have allocated, and have not ended.", GAUGE, threads},
    {"zmalloc_limit_soft_bytes", "bytes", "The soft limit.", IF_ANY, soft},
    {"zmalloc_limit_hard_bytes", "bytes", "The hard limit.", IF_ANY, hard},
    {"zmalloc_limit_reclaims", NULL, "Times that the program was asked to free something.", COUNTER,
     reclaims},
    {"zmalloc_limit_refused", NULL, "Allocations that failed for the limit.", COUNTER, refused},
    {"zmalloc_start_time_seconds", "seconds", "When the account began, since 1970.", GAUGE,
     started},
};

/* Within the quotes of a label. Any text of a process may come here; what is no UTF-8 is not
 * allowed there, so that bytes beyond ASCII are replaced. */
static void put_label(FILE *out, const char *name, const char *text)
{
    fprintf(out, "%s=\"", name);
    for (; *text; text++) {
        if (*text == '\\' || *text == '"')
            fprintf(out, "\\%c", *text);
        else if (*text == '\n')
            fputs("\\n", out);
        else
            fputc(*text < ' ' || *text > '~' ? '?' : *text, out);
    }
    fputc('"', out);
}

static void put_process(FILE *out, const struct zm_live_process *process)
{
    fprintf(out, "{pid=\"%ld\",", (long)process->source.pid);
    put_label(out, "command", process->command);
    fputc(',', out);
    put_label(out, "backend", process->account.backend);
    fputc(',', out);
    put_label(out, "version", process->account.version);
}

static void put_head(FILE *out, const struct metric *m, bool openmetrics)
{
    /* The older format knows no families: a counter's name is that of its samples. */
    const char *ending = m->kind == COUNTER && !openmetrics ? "_total" : "";
    fprintf(out, "# HELP %s%s %s\n", m->name, ending, m->help);
    fprintf(out, "# TYPE %s%s %s\n", m->name, ending, m->kind == COUNTER ? "counter" : "gauge");
    if (openmetrics && m->unit)
        fprintf(out, "# UNIT %s %s\n", m->name, m->unit);
}

static void put_metric(FILE *out, const struct metric *m, const struct exposed *all, size_t count,
                       bool openmetrics)
{
    put_head(out, m, openmetrics);
    for (size_t i = 0; i < count; i++) {
        uint64_t value = m->value(&all[i]);
        if (m->kind == IF_ANY && !value)
            continue;
        fprintf(out, "%s%s", m->name, m->kind == COUNTER ? "_total" : "");
        put_process(out, all[i].process);
        fprintf(out, "} %" PRIu64 "\n", value);
    }
}

static void put_numbers(FILE *out, const struct exposed *all, size_t count, bool openmetrics)
{
    static const struct metric published = {
        "zmalloc_published", NULL, "Numbers that programs show beside their account.", GAUGE, NULL};
    put_head(out, &published, openmetrics);
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < all[i].number_count; k++) {
            fputs(published.name, out);
            put_process(out, all[i].process);
            fprintf(out, ",name=\"%s\"} %" PRIu64 "\n", all[i].numbers[k].name,
                    all[i].numbers[k].value);
        }
    }
}

static uint64_t heap_used(const struct zm_live_heap_account *heap)
{
    return heap->allocated - heap->freed;
}

static uint64_t heap_peak(const struct zm_live_heap_account *heap)
{
    return heap->peak;
}

static uint64_t heap_allocations(const struct zm_live_heap_account *heap)
{
    return heap->allocs;
}

static uint64_t heap_refused(const struct zm_live_heap_account *heap)
{
    return heap->refused;
}

static const struct heap_metric {
    struct metric family;
    uint64_t (*value)(const struct zm_live_heap_account *heap);
} heap_metrics[] = {
    {{"zmalloc_heap_used_bytes", "bytes", "Bytes that are used in a heap and its children.", GAUGE,
      NULL},
     heap_used},
    {{"zmalloc_heap_peak_bytes", "bytes", "Most of these at once.", GAUGE, NULL}, heap_peak},
    {{"zmalloc_heap_allocations", NULL, "Blocks allocated in a heap and its children.", COUNTER,
      NULL},
     heap_allocations},
    {{"zmalloc_heap_refused", NULL, "Allocations that failed for a heap's hard limit.", COUNTER,
      NULL},
     heap_refused},
};

/* Names need not be the only ones, numbers are. */
static void put_heaps(FILE *out, const struct heap_metric *m, const struct exposed *all,
                      size_t count, bool openmetrics)
{
    put_head(out, &m->family, openmetrics);
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < all[i].heaps.count; k++) {
            const struct zm_live_heap_account *heap = &all[i].heaps.all[k];
            fprintf(out, "%s%s", m->family.name, m->family.kind == COUNTER ? "_total" : "");
            put_process(out, all[i].process);
            fputc(',', out);
            put_label(out, "heap", heap->name);
            fprintf(out, ",number=\"%" PRIu32 "\"} %" PRIu64 "\n", heap->number, m->value(heap));
        }
    }
}

static bool any_has_heaps(const struct exposed *all, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (all[i].heaps.count)
            return true;
    return false;
}

/* A process that ends meanwhile, or whose limits can't be read, has none. */
static struct exposed *look(const struct zm_live_list *list)
{
    struct exposed *all = calloc(list->count + 1, sizeof *all);
    for (size_t i = 0; all && i < list->count; i++) {
        const struct zm_live_source *source = &list->all[i].source;
        all[i].process = &list->all[i];
        if (zm_live_limits(source, &all[i].limits) != 0)
            all[i].limits = (struct zm_live_limits){0};
        (void)zm_live_numbers(source, &all[i].numbers, &all[i].number_count);
        (void)zm_heaps_read(source, &all[i].heaps);
    }
    return all;
}

int zm_exposition_write(const struct zm_live_list *list, bool openmetrics, FILE *out)
{
    struct exposed *all = look(list);
    if (!all)
        return -ENOMEM;
    if (list->count) {
        for (size_t i = 0; i < sizeof metrics / sizeof *metrics; i++)
            put_metric(out, &metrics[i], all, list->count, openmetrics);
        put_numbers(out, all, list->count, openmetrics);
    }
    bool heaps = any_has_heaps(all, list->count);
    for (size_t i = 0; i < sizeof heap_metrics / sizeof *heap_metrics && heaps; i++)
        put_heaps(out, &heap_metrics[i], all, list->count, openmetrics);
    for (size_t i = 0; i < list->count; i++) {
        free(all[i].numbers);
        zm_heaps_free(&all[i].heaps);
    }
    free(all);
    if (openmetrics)
        fputs("# EOF\n", out);
    return 0;
}
