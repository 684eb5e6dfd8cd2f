/* Finding and printing the front.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "pareto.h"

#include "tools/common/units.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define BETTER   0.99
#define NO_WORSE 1.005

bool zm_cost_beats(const struct zm_cost *a, const struct zm_cost *b)
{
    return a->time <= NO_WORSE * b->time && a->memory <= NO_WORSE * b->memory &&
           (a->time < BETTER * b->time || a->memory < BETTER * b->memory);
}

size_t zm_front_find(const struct zm_cost *costs, const struct zm_rows *rows,
                     bool on_front[ZM_ROWS_MAX])
{
    size_t found = 0;
    for (size_t r = 0; r < rows->count; r++) {
        on_front[r] = !rows->all[r].control && costs[r].time > 0;
        for (size_t q = 0; on_front[r] && q < rows->count; q++) {
            if (!rows->all[q].control && costs[q].time > 0 && zm_cost_beats(&costs[q], &costs[r]))
                on_front[r] = false;
        }
        found += on_front[r];
    }
    return found;
}

void zm_front_costs(const struct zm_rows *rows, const struct zm_finding *time,
                    const struct zm_finding *memory, struct zm_cost out[ZM_ROWS_MAX])
{
    for (size_t r = 0; r < rows->count; r++) {
        bool known = time[r].interval.pairs > 0 && memory[r].interval.pairs > 0;
        out[r] = known ? (struct zm_cost){time[r].interval.ratio, memory[r].interval.ratio}
                       : (struct zm_cost){0, 0};
    }
}

/* As one would type it to a shell. */
static void put_setting(FILE *out, const char *setting)
{
    size_t name = strcspn(setting, "=") + 1;
    const char *value = setting + name;
    static const char safe[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+=./:,@%";
    fprintf(out, " %.*s", (int)name, setting);
    if (*value && value[strspn(value, safe)] == '\0') {
        fputs(value, out);
        return;
    }
    putc('\'', out);
    for (; *value; value++)
        *value == '\'' ? (void)fputs("'\\''", out) : (void)putc(*value, out);
    putc('\'', out);
}

static void put_row(FILE *out, const struct zm_row *row, const struct zm_cost *cost,
                    const struct zm_finding *time, const struct zm_finding *memory,
                    const char *library)
{
    char seconds[32], bytes[32], time_ratio[16], memory_ratio[16];
    fprintf(out, "  %-*s  wall %s (%s)  peak RSS %s (%s)\n    LD_PRELOAD=%s ZMALLOC_BACKEND=%s",
            ZM_LABEL_MAX, row->label,
            zm_with_unit(ZM_SECONDS, time->spread.median, seconds, sizeof seconds),
            zm_ratio(cost->time, 1, time_ratio, sizeof time_ratio),
            zm_with_unit(ZM_BYTES, memory->spread.median, bytes, sizeof bytes),
            zm_ratio(cost->memory, 1, memory_ratio, sizeof memory_ratio), library, row->backend);
    for (char *const *s = row->settings; s && *s; s++)
        put_setting(out, *s);
    putc('\n', out);
}

int zm_front_print(const struct zm_evidence *e, const char *library, FILE *out)
{
    struct zm_finding *findings = calloc(2 * ZM_ROWS_MAX, sizeof *findings);
    struct zm_finding *memory = findings + ZM_ROWS_MAX;
    struct zm_cost costs[ZM_ROWS_MAX];
    bool on_front[ZM_ROWS_MAX];
    double noise;
    if (!findings || zm_find(e, ZM_WALL, findings, &noise) != 0 ||
        zm_find(e, ZM_PEAK_RSS, memory, &noise) != 0) {
        free(findings);
        return -ENOMEM;
    }
    zm_front_costs(e->rows, findings, memory, costs);
    size_t left = zm_front_find(costs, e->rows, on_front);
    bool unsure = false;
    for (size_t r = 0; r < e->rows->count; r++)
        unsure = unsure || (on_front[r] && findings[r].interval.pairs < ZM_INTERVAL_PAIRS);
    if (left > 0)
        fprintf(out,
                "\nPareto front of time and memory, in ratios to %s; nothing tried is better "
                "in both:\n",
                e->rows->all[e->rows->baseline].label);
    for (; left > 0; left--) {
        size_t fastest = ZM_ROWS_MAX;
        for (size_t r = 0; r < e->rows->count; r++) {
            if (on_front[r] && (fastest == ZM_ROWS_MAX || costs[r].time < costs[fastest].time))
                fastest = r;
        }
        put_row(out, &e->rows->all[fastest], &costs[fastest], &findings[fastest], &memory[fastest],
                library);
        on_front[fastest] = false;
    }
    if (unsure)
        fprintf(out, "  From fewer than %d blocks: give it more time (--time) to be sure.\n",
                ZM_INTERVAL_PAIRS);
    free(findings);
    return 0;
}
