/* Logarithmic axes of ratios, one a column, in all of which 1 stands at the same place.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TOOLS_REPORTING_PAGE_AXIS_H
#define ZM_TOOLS_REPORTING_PAGE_AXIS_H

#include "tools/statistics/interval.h"

#define ZM_AXES_MAX  3
#define ZM_TICKS_MAX 7

struct zm_axis {
    double less, more; /* how far it must go on either side of 1, as logarithms */
    double length;     /* of all of it */
    double ticks[ZM_TICKS_MAX];
    size_t tick_count;
};

struct zm_axes {
    struct zm_axis all[ZM_AXES_MAX];
    double one; /* where 1 stands; places go from 0 to 1 */
};

/* First all intervals are added, and then the axes are made. */
void zm_axes_add(struct zm_axes *axes, size_t column, const struct zm_interval *interval);
void zm_axes_finish(struct zm_axes *axes, size_t columns);

double zm_axes_place(const struct zm_axes *axes, size_t column, double ratio);

#endif
