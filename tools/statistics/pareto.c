/* Comparing costs.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "pareto.h"

#define BETTER   0.99
#define NO_WORSE 1.005

bool zm_pareto_beats(const struct zm_pareto_cost *a, const struct zm_pareto_cost *b)
{
    return a->time <= NO_WORSE * b->time && a->memory <= NO_WORSE * b->memory &&
           (a->time < BETTER * b->time || a->memory < BETTER * b->memory);
}

size_t zm_pareto_find(const struct zm_pareto_cost *costs, const struct zm_rows *rows,
                      bool unbeaten[ZM_ROWS_MAX])
{
    size_t found = 0;
    for (size_t r = 0; r < rows->count; r++) {
        unbeaten[r] = !rows->all[r].control && costs[r].time > 0;
        for (size_t q = 0; unbeaten[r] && q < rows->count; q++) {
            if (!rows->all[q].control && costs[q].time > 0 && zm_pareto_beats(&costs[q], &costs[r]))
                unbeaten[r] = false;
        }
        found += unbeaten[r];
    }
    return found;
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
