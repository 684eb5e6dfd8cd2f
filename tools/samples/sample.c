/* The contents of a sample, and lists of samples.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "sample.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

/* With fewer live bytes, most of the resident memory is the program's own pages. */
#define FRAGMENTATION_FROM ((double)(16 << 20))

void zm_sample_init(struct zm_sample *out, const struct zm_row *row, unsigned block)
{
    *out = (struct zm_sample){.row = row, .block = block, .time = (int64_t)time(NULL)};
    for (size_t f = 0; f < ZM_MEASURED; f++)
        out->values[f] = -1;
}

double zm_figure_of(const struct zm_sample *sample, enum zm_figure figure)
{
    const double *v = sample->values;
    switch (figure) {
    case ZM_CPU:
        return v[ZM_USER] < 0 || v[ZM_SYS] < 0 ? -1 : v[ZM_USER] + v[ZM_SYS];
    case ZM_FRAGMENTATION:
        return v[ZM_PEAK_LIVE] < FRAGMENTATION_FROM || v[ZM_PEAK_RSS] < v[ZM_PEAK_LIVE]
                   ? -1
                   : v[ZM_PEAK_RSS] / v[ZM_PEAK_LIVE] - 1;
    case ZM_THROUGHPUT:
        return v[ZM_OPERATIONS] < 0 || v[ZM_WALL] <= 0 ? -1 : v[ZM_OPERATIONS] / v[ZM_WALL];
    default:
        return v[figure];
    }
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
    if (samples->count == samples->room) {
        size_t room = samples->room ? 2 * samples->room : 64;
        struct zm_sample *all = realloc(samples->all, room * sizeof *all);
        if (!all)
            return -ENOMEM;
        samples->all = all;
        samples->room = room;
    }
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
