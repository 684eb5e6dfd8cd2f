/* Telling hidden allocations by name and by number.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "own_allocator_text.h"

#include "tools/common/units.h"
#include "tools/process/own_allocator.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>

/* A program's own pages and files are some megabytes. */
#define HIDDEN_FROM  ((double)(32 << 20))
#define HIDDEN_SHARE 0.5 /* of the peak */

/* NULL too if it is turned off in some row: who compares that knows of it. */
static const struct zm_own_allocator *by_name(const struct zm_evidence *e)
{
    const struct zm_own_allocator *own = NULL;
    bool runs[ZM_ROWS_MAX] = {false}, has[ZM_ROWS_MAX] = {false};
    for (size_t i = 0; i < e->count; i++) {
        const struct zm_sample *s = &e->samples[i];
        const struct zm_own_allocator *one = zm_own_allocator_named(s->own_allocator);
        size_t row = (size_t)(s->row - e->rows->all);
        runs[row] = runs[row] || s->ok;
        has[row] = has[row] || one;
        own = own ? own : one;
    }
    for (size_t r = 0; r < e->rows->count; r++) {
        if (runs[r] && !has[r])
            return NULL;
    }
    return own;
}

/* What is resident in every row beyond anything that was allocated: the allocator that needs least
 * is the measure, for all others keep some of what was freed. All the bytes that were ever handed
 * out count, because freed ones may still be resident. Negative: unknown. */
static double hidden(const struct zm_rows *rows, const struct zm_result *result, double *peak)
{
    double least = INFINITY;
    for (size_t r = 0; r < rows->count; r++) {
        const struct zm_spread *rss = &result->findings[ZM_PEAK_RSS][r].spread;
        const struct zm_spread *allocated = &result->findings[ZM_ALLOCATED][r].spread;
        if (rss->count == 0 || allocated->count == 0)
            continue;
        double beyond = rss->median - allocated->median;
        if (beyond < least) {
            least = beyond;
            *peak = rss->median;
        }
    }
    return isfinite(least) ? least : -1;
}

const char *zm_own_allocator_text(const struct zm_evidence *e, const struct zm_result *result,
                                  char *buf, size_t size)
{
    const struct zm_own_allocator *own = by_name(e);
    double peak = 0, beyond = hidden(e->rows, result, &peak);
    char of[32], all[32];
    if (own)
        snprintf(buf, size, "%s", own->warning);
    else if (beyond >= HIDDEN_FROM && beyond >= HIDDEN_SHARE * peak)
        snprintf(buf, size,
                 "%s of the %s at peak were never allocated under any backend: the program maps "
                 "memory itself, reads files that way, or has an allocator of its own.",
                 zm_with_unit(ZM_BYTES, beyond, of, sizeof of),
                 zm_with_unit(ZM_BYTES, peak, all, sizeof all));
    else
        buf[0] = '\0';
    return buf;
}
