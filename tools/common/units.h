/* Figures for people: one unit and one number of decimals for a whole column.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TOOLS_COMMON_UNITS_H
#define ZM_TOOLS_COMMON_UNITS_H

#include <stddef.h>

enum zm_quantity { ZM_SECONDS, ZM_NANOSECONDS, ZM_BYTES, ZM_COUNT, ZM_SHARE };

struct zm_scale {
    const char *unit; /* "MiB"; "" for plain counts */
    double divisor;
    int decimals;
};

/* The scale that shows `largest` with four digits or fewer before its unit changes. */
struct zm_scale zm_scale_for(enum zm_quantity quantity, double largest);

/* The number alone, without its unit. */
const char *zm_scaled(const struct zm_scale *scale, double value, char *buf, size_t size);

/* "1.02x", never wider than ">999x"; "-" where the base is 0. */
const char *zm_ratio(double value, double base, char *buf, size_t size);

/* Number and unit, "7.8 GiB". */
const char *zm_with_unit(enum zm_quantity quantity, double value, char *buf, size_t size);

/* The same with up to so many decimals, where that has one at most. */
const char *zm_with_unit_to(enum zm_quantity quantity, double value, int decimals, char *buf,
                            size_t size);

#endif
