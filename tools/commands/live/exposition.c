/* Names, units and types by the conventions of OpenMetrics: base units, counters end with _total.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "exposition.h"

#include <inttypes.h>
#include <string.h>

static uint64_t used(const struct zm_live_process *p)
{
    return p->account.allocated - p->account.freed;
}

static uint64_t peak(const struct zm_live_process *p)
{
    return p->account.peak;
}

static uint64_t resident(const struct zm_live_process *p)
{
    return p->rss;
}

static uint64_t allocated(const struct zm_live_process *p)
{
    return p->account.allocated;
}

static uint64_t freed(const struct zm_live_process *p)
{
    return p->account.freed;
}

static uint64_t allocations(const struct zm_live_process *p)
{
    return p->account.allocs;
}

static uint64_t frees(const struct zm_live_process *p)
{
    return p->account.frees;
}

static uint64_t threads(const struct zm_live_process *p)
{
    return p->account.threads;
}

static uint64_t started(const struct zm_live_process *p)
{
    return (uint64_t)p->account.started;
}

static const struct metric {
    const char *name, *unit, *help;
    bool counter;
    uint64_t (*value)(const struct zm_live_process *process);
} metrics[] = {
    {"zmalloc_used_bytes", "bytes", "Bytes in blocks that are allocated now.", false, used},
    {"zmalloc_peak_bytes", "bytes", "Most bytes that were used at once.", false, peak},
    {"zmalloc_resident_bytes", "bytes", "Resident memory of the process.", false, resident},
    {"zmalloc_allocated_bytes", "bytes", "Bytes allocated since the start.", true, allocated},
    {"zmalloc_freed_bytes", "bytes", "Bytes freed since the start.", true, freed},
    {"zmalloc_allocations", NULL, "Blocks allocated since the start.", true, allocations},
    {"zmalloc_frees", NULL, "Blocks freed since the start.", true, frees},
    {"zmalloc_threads", NULL, "Threads that have allocated, and have not ended.", false, threads},
    {"zmalloc_start_time_seconds", "seconds", "When the account began, since 1970.", false,
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

static void put_sample(FILE *out, const struct metric *metric,
                       const struct zm_live_process *process)
{
    fprintf(out, "%s%s{pid=\"%ld\",", metric->name, metric->counter ? "_total" : "",
            (long)process->source.pid);
    put_label(out, "command", process->command);
    fputc(',', out);
    put_label(out, "backend", process->account.backend);
    fputc(',', out);
    put_label(out, "version", process->account.version);
    fprintf(out, "} %" PRIu64 "\n", metric->value(process));
}

void zm_exposition_write(const struct zm_live_list *list, bool openmetrics, FILE *out)
{
    for (const struct metric *m = metrics; m < metrics + sizeof metrics / sizeof *metrics; m++) {
        /* The older format knows no families: a counter's name is that of its samples. */
        const char *ending = m->counter && !openmetrics ? "_total" : "";
        if (list->count == 0)
            break;
        fprintf(out, "# HELP %s%s %s\n", m->name, ending, m->help);
        fprintf(out, "# TYPE %s%s %s\n", m->name, ending, m->counter ? "counter" : "gauge");
        if (openmetrics && m->unit)
            fprintf(out, "# UNIT %s %s\n", m->name, m->unit);
        for (size_t i = 0; i < list->count; i++) {
            if (m->value != resident || list->all[i].rss)
                put_sample(out, m, &list->all[i]);
        }
    }
    if (openmetrics)
        fputs("# EOF\n", out);
}
