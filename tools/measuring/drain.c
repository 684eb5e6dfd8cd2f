/* Runs that end in idling.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "drain.h"

#include "take.h"
#include "tools/common/cli.h"

#include <string.h>

static int take(const struct zm_plan *plan, const struct zm_row *row, unsigned block,
                struct zm_samples *samples)
{
    struct zm_sample sample;
    int error = zm_sample_take(plan->workload, row, block, &sample);
    if (error == 0 && sample.interrupted) {
        zm_sample_clear(&sample);
        return ZM_EXIT_SIGNAL + zm_child_interrupted();
    }
    if (error == 0)
        error = -sample.spawn_error;
    if (error == 0) {
        zm_sample_keep(&sample, ZM_DRAINED_100MS, ZM_DRAINED_5S);
        if (plan->see)
            plan->see(plan->context, &sample);
        error = zm_samples_add(samples, &sample);
    }
    if (error == 0)
        return 0;
    zm_sample_clear(&sample);
    zm_error(plan->subcommand, "can't take a sample: %s", strerror(-error));
    return ZM_EXIT_TOOL;
}

int zm_measure_drain(const struct zm_plan *plan, unsigned block, struct zm_samples *samples)
{
    int status = 0;
    for (size_t r = 0; r < plan->rows->count && status == 0; r++) {
        if (!plan->rows->all[r].control)
            status = take(plan, &plan->rows->all[r], block, samples);
    }
    return status;
}
