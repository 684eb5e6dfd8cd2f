/* Putting the findings of all figures together.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "comparison.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static void count_samples(const struct zm_evidence *e, struct zm_result *result)
{
    for (size_t i = 0; i < e->count; i++) {
        const struct zm_sample *s = &e->samples[i];
        size_t r = (size_t)(s->row - e->rows->all);
        if (s->ok && s->values[ZM_WALL] < 0)
            continue; /* taken for the memory after a drain, not for its time */
        if (s->ok)
            result->good[r]++;
        else if (result->failed[r]++ == 0)
            result->reason[r] = s->reason;
    }
}

struct zm_result *zm_result_of(const struct zm_evidence *e)
{
    struct zm_result *result = calloc(1, sizeof *result);
    if (!result)
        return NULL;
    for (size_t f = 0; f < ZM_FIGURES; f++) {
        if (zm_find(e, (enum zm_figure)f, result->findings[f], &result->noise[f]) != 0) {
            free(result);
            return NULL;
        }
    }
    count_samples(e, result);
    for (size_t r = 0; r < e->rows->count; r++) {
        if (result->good[r] > result->blocks)
            result->blocks = (unsigned)result->good[r];
    }
    return result;
}

bool zm_result_has(const struct zm_result *result, size_t row, enum zm_figure figure)
{
    return result->findings[figure][row].spread.count > 0;
}

bool zm_result_scale(const struct zm_result *result, const struct zm_rows *rows,
                     enum zm_figure figure, struct zm_scale *out)
{
    double largest = -1;
    for (size_t r = 0; r < rows->count; r++) {
        enum zm_figure least = zm_figure_least(figure);
        if (!zm_result_has(result, r, figure))
            continue;
        largest = fmax(largest, result->findings[figure][r].spread.median);
        if (largest == 0 && least < ZM_FIGURES)
            largest = fmax(0, result->findings[least][r].spread.median);
    }
    if (largest < 0)
        return false;
    *out = zm_scale_for(zm_figure_info(figure)->quantity, largest);
    return true;
}

const char *zm_result_value(const struct zm_result *result, size_t row, enum zm_figure figure,
                            const struct zm_scale *scale, char *buf, size_t size)
{
    const struct zm_spread *spread = &result->findings[figure][row].spread;
    enum zm_figure least = zm_figure_least(figure);
    char text[48];
    if (spread->count == 0 ||
        (spread->median == 0 && least < ZM_FIGURES && !zm_result_has(result, row, least)))
        snprintf(buf, size, "-");
    else if (spread->median == 0 && least < ZM_FIGURES)
        snprintf(buf, size, "<%s",
                 zm_scaled(scale, result->findings[least][row].spread.median, text, sizeof text));
    else
        zm_scaled(scale, spread->median, buf, size);
    return buf;
}
