/* Subtracting within blocks, so that a machine that slows down lifts the floor as it lifts the
 * rest.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "own_time.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The wall time of the floor in a block; negative: none. */
static double floor_of(const struct zm_evidence *e, unsigned block)
{
    for (size_t i = 0; i < e->floor_count; i++) {
        if (e->floors[i].ok && e->floors[i].block == block)
            return e->floors[i].values[ZM_WALL];
    }
    return -1;
}

static void find_floor(const struct zm_evidence *e, double *room, struct zm_spread *out)
{
    size_t count = 0;
    for (size_t i = 0; i < e->floor_count; i++) {
        if (e->floors[i].ok)
            room[count++] = e->floors[i].values[ZM_WALL];
    }
    *out = zm_spread(room, count);
}

/* Subtracts, and counts for each row how many samples have a floor and how many are above it. */
static void subtract(const struct zm_evidence *e, struct zm_sample *samples, bool *above)
{
    size_t all[ZM_ROWS_MAX] = {0}, over[ZM_ROWS_MAX] = {0};
    for (size_t i = 0; i < e->count; i++) {
        struct zm_sample *s = &samples[i];
        size_t row = (size_t)(s->row - e->rows->all);
        double floor = s->ok && s->values[ZM_WALL] >= 0 ? floor_of(e, s->block) : -1;
        bool is_over = floor >= 0 && s->values[ZM_WALL] > floor;
        s->values[ZM_WALL] = is_over ? s->values[ZM_WALL] - floor : -1;
        all[row] += floor >= 0;
        over[row] += is_over;
    }
    for (size_t r = 0; r < e->rows->count; r++)
        above[r] = all[r] > 0 && 5 * over[r] >= 4 * all[r];
}

int zm_own_time_find(const struct zm_evidence *e, struct zm_own_time *out)
{
    *out = (struct zm_own_time){.floor.count = 0};
    if (e->floor_count == 0)
        return 0;
    struct zm_sample *samples = malloc((e->count + 1) * sizeof *samples);
    double *walls = malloc(e->floor_count * sizeof *walls), noise;
    int status = -ENOMEM;
    if (samples && walls) {
        struct zm_evidence own = *e;
        own.samples = samples;
        if (e->count > 0)
            memcpy(samples, e->samples, e->count * sizeof *samples);
        find_floor(e, walls, &out->floor);
        subtract(e, samples, out->above);
        status = zm_find(&own, ZM_WALL, out->findings, &noise);
    }
    free(walls);
    free(samples);
    return status;
}
