/* Choosing the place of 1, and the ticks.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "axis.h"

#include <math.h>

#define MARGIN     0.06 /* of the length, beyond the farthest end */
#define MARGIN_MIN 0.02
#define APART      0.26 /* ticks whose labels do not touch */
#define EDGE       0.05 /* no label nearer to the end than this */

void zm_axes_add(struct zm_axes *axes, size_t column, const struct zm_interval *i)
{
    struct zm_axis *axis = &axes->all[column];
    if (i->pairs == 0)
        return;
    bool known = zm_interval_known(i);
    axis->less = fmax(axis->less, -log(known ? i->low : i->ratio));
    axis->more = fmax(axis->more, log(known ? i->high : i->ratio));
}

/* The length that an axis needs if 1 stands at `one`. */
static double length(const struct zm_axis *axis, double one)
{
    return fmax(axis->less / one, axis->more / (1 - one));
}

/* The place at which the axis that suffers most from it is stretched least. */
static double place_of_one(const struct zm_axes *axes, size_t columns)
{
    double best = 0.5, least = INFINITY;
    for (double one = 0.05; one < 0.955; one += 0.005) {
        double stretch = 0;
        for (size_t c = 0; c < columns; c++)
            stretch =
                fmax(stretch, length(&axes->all[c], one) / (axes->all[c].less + axes->all[c].more));
        if (stretch < least) {
            least = stretch;
            best = one;
        }
    }
    return best;
}

static void add_tick(const struct zm_axes *axes, struct zm_axis *axis, size_t column, double ratio)
{
    double place = zm_axes_place(axes, column, ratio);
    if (place < EDGE || place > 1 - EDGE || axis->tick_count == ZM_TICKS_MAX)
        return;
    for (size_t t = 0; t < axis->tick_count; t++) {
        if (fabs(zm_axes_place(axes, column, axis->ticks[t]) - place) < APART)
            return;
    }
    axis->ticks[axis->tick_count++] = ratio;
}

void zm_axes_finish(struct zm_axes *axes, size_t columns)
{
    /* 1 stands in all of them, and then come round numbers before those between. */
    static const double ticks[] = {0.5,  2,    0.1,  10,   0.2,  5,    0.01, 100,  0.8,
                                   1.25, 0.7,  1.5,  0.9,  1.1,  3,    20,   0.05, 50,
                                   0.02, 0.95, 1.05, 0.98, 1.02, 0.99, 1.01};
    for (size_t c = 0; c < columns; c++) {
        struct zm_axis *axis = &axes->all[c];
        double margin = fmax(MARGIN * (axis->less + axis->more), MARGIN_MIN);
        axis->less += margin;
        axis->more += margin;
    }
    axes->one = place_of_one(axes, columns);
    for (size_t c = 0; c < columns; c++) {
        struct zm_axis *axis = &axes->all[c];
        axis->length = length(axis, axes->one);
        axis->ticks[0] = 1;
        axis->tick_count = 1;
        for (size_t t = 0; t < sizeof ticks / sizeof *ticks; t++)
            add_tick(axes, axis, c, ticks[t]);
    }
}

double zm_axes_place(const struct zm_axes *axes, size_t column, double ratio)
{
    return axes->one + log(ratio) / axes->all[column].length;
}
