/* Scales: powers of 1024 for bytes, of 1000 for the rest.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "units.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>

#define TOO_LONG 1e7 /* as a number with all its digits, even of the largest unit */

struct zm_scale zm_scale_for(enum zm_quantity quantity, double largest)
{
    static const struct {
        double first; /* what the smallest unit is */
        double step;
        const char *units[5];
    } scales[] = {
        [ZM_SECONDS] = {1e-6, 1000, {"us", "ms", "s", NULL, NULL}},
        [ZM_NANOSECONDS] = {1, 1000, {"ns", "us", "ms", "s", NULL}},
        [ZM_BYTES] = {1, 1024, {"B", "KiB", "MiB", "GiB", "TiB"}},
        [ZM_COUNT] = {1, 1000, {"", "k", "M", "G", "T"}},
        [ZM_SHARE] = {0.01, 1000, {"%", NULL, NULL, NULL, NULL}},
    };
    size_t u = 0;
    double divisor = scales[quantity].first;
    /* 999.95 would be printed as 1000.0. */
    while (u + 1 < 5 && scales[quantity].units[u + 1] && largest >= divisor * 999.95) {
        divisor *= scales[quantity].step;
        u++;
    }
    double shown = largest / divisor;
    bool whole = u == 0 && (quantity == ZM_BYTES || quantity == ZM_COUNT);
    int decimals = whole || shown >= 9999 ? 0 : shown >= 99.995 ? 1 : shown >= 9.9995 ? 2 : 3;
    return (struct zm_scale){scales[quantity].units[u], divisor, decimals};
}

const char *zm_scaled(const struct zm_scale *scale, double value, char *buf, size_t size)
{
    double shown = value / scale->divisor;
    if (fabs(shown) >= TOO_LONG)
        snprintf(buf, size, "%.3g", shown);
    else
        snprintf(buf, size, "%.*f", scale->decimals, shown);
    return buf;
}

const char *zm_ratio(double value, double base, char *buf, size_t size)
{
    if (base <= 0) {
        snprintf(buf, size, "-");
        return buf;
    }
    double ratio = value / base;
    if (ratio >= 999.5) {
        snprintf(buf, size, ">999x");
        return buf;
    }
    snprintf(buf, size, "%.*fx", ratio < 9.995 ? 2 : ratio < 99.95 ? 1 : 0, ratio);
    return buf;
}

const char *zm_with_unit(enum zm_quantity quantity, double value, char *buf, size_t size)
{
    return zm_with_unit_to(quantity, value, 1, buf, size);
}

const char *zm_with_unit_to(enum zm_quantity quantity, double value, int decimals, char *buf,
                            size_t size)
{
    struct zm_scale scale = zm_scale_for(quantity, value);
    char number[48];
    scale.decimals = scale.decimals > decimals ? decimals : scale.decimals;
    snprintf(buf, size, "%s%s%s", zm_scaled(&scale, value, number, sizeof number),
             *scale.unit ? " " : "", scale.unit);
    return buf;
}
