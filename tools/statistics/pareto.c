/* Comparing costs.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "pareto.h"

#include <errno.h>
#include <math.h>

#define BETTER   0.99
#define NO_WORSE 1.005

bool zm_pareto_beats(const struct zm_pareto_cost *a, const struct zm_pareto_cost *b)
{
    return a->time <= NO_WORSE * b->time && a->memory <= NO_WORSE * b->memory &&
           (a->time < BETTER * b->time || a->memory < BETTER * b->memory);
}

void zm_pareto_costs(const struct zm_rows *rows, const struct zm_finding *time,
                     const struct zm_finding *memory, struct zm_pareto_cost out[ZM_ROWS_MAX])
{
    for (size_t r = 0; r < rows->count; r++) {
        bool known = time[r].interval.pairs > 0 && memory[r].interval.pairs > 0;
        out[r] = known ? (struct zm_pareto_cost){time[r].interval.ratio, memory[r].interval.ratio}
                       : (struct zm_pareto_cost){0, 0};
    }
}

struct noise {
    double time, memory;
};

static bool is_better(const struct zm_interval *interval, double noise)
{
    return interval->ratio < BETTER && zm_interval_tells(interval, noise) == ZM_LOWER;
}

static bool is_no_worse(const struct zm_interval *interval, double noise)
{
    return interval->high <= fmax(NO_WORSE, exp(noise));
}

/* 1 if row `a` beats row `b`, else 0; or -ENOMEM. */
static int beats(const struct zm_evidence *e, const struct zm_pareto *p, const struct noise *noise,
                 size_t a, size_t b)
{
    const struct zm_pareto_cost *mine = &p->costs[a], *other = &p->costs[b];
    struct zm_interval time, memory;
    if (mine->time >= other->time && mine->memory >= other->memory)
        return 0;
    if (zm_find_pair(e, a, b, ZM_WALL, &time) != 0 ||
        zm_find_pair(e, a, b, ZM_PEAK_MEMORY, &memory) != 0)
        return -ENOMEM;
    if (!zm_interval_known(&time) || !zm_interval_known(&memory))
        return zm_pareto_beats(mine, other);
    return (is_better(&time, noise->time) && is_no_worse(&memory, noise->memory)) ||
           (is_better(&memory, noise->memory) && is_no_worse(&time, noise->time));
}

int zm_pareto_find(const struct zm_evidence *e, struct zm_pareto *out)
{
    const struct zm_rows *rows = e->rows;
    struct noise noise;
    if (zm_find(e, ZM_WALL, out->time, &noise.time) != 0 ||
        zm_find(e, ZM_PEAK_MEMORY, out->memory, &noise.memory) != 0)
        return -ENOMEM;
    zm_pareto_costs(rows, out->time, out->memory, out->costs);
    out->count = 0;
    for (size_t r = 0; r < rows->count; r++) {
        int beaten = rows->all[r].control || out->costs[r].time <= 0;
        for (size_t q = 0; !beaten && q < rows->count; q++) {
            if (q != r && !rows->all[q].control && out->costs[q].time > 0)
                beaten = beats(e, out, &noise, q, r);
        }
        if (beaten < 0)
            return beaten;
        out->unbeaten[r] = !beaten;
        out->count += !beaten;
    }
    return 0;
}
