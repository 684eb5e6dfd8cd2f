/* Lines to copy.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "pareto_text.h"

#include "tools/common/shell.h"
#include "tools/common/units.h"
#include "tools/statistics/pareto.h"

#include <errno.h>
#include <string.h>

struct findings {
    struct zm_finding time[ZM_ROWS_MAX], memory[ZM_ROWS_MAX];
    struct zm_pareto_cost costs[ZM_ROWS_MAX];
};

static int find(const struct zm_evidence *e, struct findings *out)
{
    double noise;
    if (zm_find(e, ZM_WALL, out->time, &noise) != 0 ||
        zm_find(e, ZM_PEAK_RSS, out->memory, &noise) != 0)
        return -ENOMEM;
    zm_pareto_costs(e->rows, out->time, out->memory, out->costs);
    return 0;
}

static void put_setting(FILE *out, const char *setting)
{
    size_t name = strcspn(setting, "=") + 1;
    fprintf(out, " %.*s", (int)name, setting);
    zm_shell_put_word(out, setting + name);
}

static void put_row(FILE *out, const struct zm_row *row, const struct findings *f, size_t r,
                    const char *library)
{
    char seconds[32], bytes[32], time_ratio[16], memory_ratio[16];
    fprintf(out, "  %-*s  wall %s (%s)  peak RSS %s (%s)\n    LD_PRELOAD=%s ZMALLOC_BACKEND=%s",
            ZM_LABEL_MAX, row->label,
            zm_with_unit(ZM_SECONDS, f->time[r].spread.median, seconds, sizeof seconds),
            zm_ratio(f->costs[r].time, 1, time_ratio, sizeof time_ratio),
            zm_with_unit(ZM_BYTES, f->memory[r].spread.median, bytes, sizeof bytes),
            zm_ratio(f->costs[r].memory, 1, memory_ratio, sizeof memory_ratio), library,
            row->backend);
    for (char *const *s = row->settings; s && *s; s++)
        put_setting(out, *s);
    putc('\n', out);
}

/* ZM_ROWS_MAX if no row is left. */
static size_t fastest(const struct findings *f, const bool left[ZM_ROWS_MAX], size_t rows)
{
    size_t found = ZM_ROWS_MAX;
    for (size_t r = 0; r < rows; r++) {
        if (left[r] && (found == ZM_ROWS_MAX || f->costs[r].time < f->costs[found].time))
            found = r;
    }
    return found;
}

int zm_pareto_print(const struct zm_evidence *e, const char *library, FILE *out)
{
    struct findings f;
    bool left[ZM_ROWS_MAX], unsure = false;
    if (find(e, &f) != 0)
        return -ENOMEM;
    if (zm_pareto_find(f.costs, e->rows, left) > 0)
        fprintf(out,
                "\nPareto front of time and memory, in ratios to %s; nothing tried is better "
                "in both:\n",
                e->rows->all[e->rows->baseline].label);
    for (size_t r; (r = fastest(&f, left, e->rows->count)) < ZM_ROWS_MAX; left[r] = false) {
        unsure = unsure || f.time[r].interval.pairs < ZM_INTERVAL_PAIRS;
        put_row(out, &e->rows->all[r], &f, r, library);
    }
    if (unsure)
        fprintf(out, "  From fewer than %d blocks: give it more time (--time) to be sure.\n",
                ZM_INTERVAL_PAIRS);
    return 0;
}
