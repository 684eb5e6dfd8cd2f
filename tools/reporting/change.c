/* Putting intervals into figures.
 *
 * The interval is symmetric for logarithms, so it is not for percents: "+23 +-26" would hold 0
 * where the true one goes from 1 to 53. Both ends are shown as they are.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "change.h"

#include "tools/common/units.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#define FACTOR_FROM 2.0 /* larger changes are written as factors */
#define END_MAX     24

static int decimals(double value, int least)
{
    return fabs(value) < 9.95 ? 1 : least;
}

/* These write a ratio with so many decimals or more. */
typedef void put(double ratio, int least, char out[END_MAX]);

/* "-4.1", "+38", and "0.0" without a sign. */
static void put_percent(double ratio, int least, char out[END_MAX])
{
    double percent = 100 * (ratio - 1);
    if (fabs(percent) < 0.05)
        strcpy(out, "0.0");
    else if (percent > 999.4)
        strcpy(out, ">+999");
    else
        snprintf(out, END_MAX, "%+.*f", decimals(percent, least), percent);
}

static void put_factor(double ratio, int least, char out[END_MAX])
{
    if (ratio > 999.4)
        strcpy(out, ">999");
    else
        snprintf(out, END_MAX, "%.*f", decimals(ratio, least), ratio);
}

/* How far a ratio is from 1, in percent and without a sign. */
static void put_distance(double ratio, int least, char out[END_MAX])
{
    double percent = 100 * fabs(ratio - 1);
    snprintf(out, END_MAX, "%.*f", decimals(percent, least), percent);
}

/* Both ends, or one where they look alike. "-10..-9.8" would be hard to read, so that both have a
 * decimal if one has and they are near. */
static void put_ends(const struct zm_interval *i, put *put, const char *between, const char *unit,
                     char *buf, size_t size)
{
    char low[END_MAX], high[END_MAX];
    put(i->low, 0, low);
    put(i->high, 0, high);
    bool one = strcmp(low, high) == 0;
    if (!one && fabs(i->high - i->low) < 0.01) {
        put(i->low, 1, low);
        put(i->high, 1, high);
    }
    snprintf(buf, size, "%s%s%s%s", low, one ? "" : between, one ? "" : high, unit);
}

const char *zm_change(const struct zm_finding *finding, char *buf, size_t size)
{
    const struct zm_interval *i = &finding->interval;
    bool factor = i->ratio >= FACTOR_FROM;
    char text[2 * END_MAX + 8];
    buf[0] = '\0';
    if (i->pairs == 0)
        return buf;
    if (zm_interval_known(i)) {
        put_ends(i, factor ? put_factor : put_percent, "..", factor ? "x" : "", text, sizeof text);
        snprintf(buf, size, "%s%s", finding->difference == ZM_NO_DIFFERENCE ? "= " : "", text);
    } else {
        if (factor)
            zm_ratio(i->ratio, 1, text, sizeof text);
        else
            put_percent(i->ratio, 0, text);
        snprintf(buf, size, "%s ?", text);
    }
    return buf;
}

/* The end that is nearer to 1 comes first. */
static struct zm_interval outwards(const struct zm_interval *i)
{
    return i->ratio < 1 ? (struct zm_interval){i->pairs, i->ratio, i->high, i->low} : *i;
}

void zm_change_in_words(FILE *out, const struct zm_interval *i, const char *of)
{
    const struct zm_interval shown = outwards(i);
    char text[2 * END_MAX + 8];
    bool less = i->ratio < 1, factor = i->ratio >= FACTOR_FROM;
    put_ends(&shown, factor ? put_factor : put_distance, " to ", "", text, sizeof text);
    if (factor)
        fprintf(out, "%s times the %s", text, of);
    else
        fprintf(out, "%s %% %s %s", strcmp(text, "0.0") == 0 ? "less than 0.1" : text,
                less ? "less" : "more", of);
}

void zm_change_point_in_words(FILE *out, double ratio, const char *of)
{
    char text[END_MAX];
    bool factor = ratio >= FACTOR_FROM;
    (factor ? put_factor : put_distance)(ratio, 0, text);
    if (factor)
        fprintf(out, "%s times the %s", text, of);
    else
        fprintf(out, "%s %% %s %s", text, ratio < 1 ? "less" : "more", of);
}

const char *zm_change_range(const struct zm_interval *i, char *buf, size_t size)
{
    const struct zm_interval shown = outwards(i);
    buf[0] = '\0';
    if (!zm_interval_known(i))
        return buf;
    if (i->ratio >= FACTOR_FROM)
        put_ends(i, put_factor, " to ", " times", buf, size);
    else if (i->low < 1 && i->high > 1)
        put_ends(i, put_percent, " to ", " %", buf, size);
    else
        put_ends(&shown, put_distance, " to ", " %", buf, size);
    return buf;
}

const char *zm_change_than(const struct zm_interval *interval)
{
    return interval->ratio >= FACTOR_FROM ? " of " : " than ";
}
