/* Runs without an allocator.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "floor.h"

#include "take.h"
#include "tools/common/cli.h"
#include "tools/statistics/statistics.h"

#include <string.h>

int zm_measure_floor(const struct zm_plan *plan, const struct zm_row *row, unsigned runs,
                     double *out)
{
    double walls[ZM_FLOOR_RUNS_MAX];
    unsigned good = 0;
    for (unsigned i = 1; i <= runs && i <= ZM_FLOOR_RUNS_MAX; i++) {
        struct zm_sample sample;
        int status = zm_sample_take(plan->workload, row, i, &sample);
        if (status == 0 && sample.spawn_error)
            status = -sample.spawn_error;
        if (status != 0) {
            zm_error(plan->subcommand, "can't run '%s': %s", plan->workload->program,
                     strerror(-status));
            return ZM_EXIT_TOOL;
        }
        if (!sample.interrupted && plan->see)
            plan->see(plan->context, &sample);
        if (sample.ok)
            walls[good++] = sample.values[ZM_WALL];
        zm_sample_clear(&sample);
        if (zm_child_interrupted())
            return ZM_EXIT_SIGNAL + zm_child_interrupted();
    }
    *out = good ? zm_spread(walls, good).median : -1;
    return 0;
}
