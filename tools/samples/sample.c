/* The contents of a sample, and lists of samples.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "sample.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include "tools/common/grow.h"

void zm_sample_init(struct zm_sample *out, const struct zm_row *row, unsigned block)
{
    *out = (struct zm_sample){.row = row, .block = block, .time = (int64_t)time(NULL)};
    for (size_t f = 0; f < ZM_MEASURED; f++)
        out->values[f] = -1;
}

double zm_figure_of(const struct zm_sample *sample, enum zm_figure figure)
{
    if (figure < ZM_MEASURED)
        return sample->values[figure];
    return zm_figure_info(figure)->from(sample->values);
}

void zm_sample_keep(struct zm_sample *sample, enum zm_figure first, enum zm_figure last)
{
    for (size_t f = 0; f < ZM_MEASURED; f++) {
        if (f < first || f > last)
            sample->values[f] = -1;
    }
    free(sample->rss);
    sample->rss = NULL;
}

void zm_sample_clear(struct zm_sample *sample)
{
    free(sample->self_report);
    free(sample->rss);
    sample->self_report = NULL;
    sample->rss = NULL;
}

int zm_samples_add(struct zm_samples *samples, const struct zm_sample *sample)
{
    struct zm_sample *all =
        zm_grow(samples->all, samples->count, &samples->room, sizeof *sample, 64);
    if (!all)
        return -ENOMEM;
    samples->all = all;
    samples->all[samples->count++] = *sample;
    return 0;
}

void zm_samples_clear(struct zm_samples *samples)
{
    for (size_t i = 0; i < samples->count; i++)
        zm_sample_clear(&samples->all[i]);
    free(samples->all);
    *samples = (struct zm_samples){0};
}
