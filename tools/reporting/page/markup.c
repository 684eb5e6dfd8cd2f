/* Escaping, and numbers with the signs that print has for them.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "markup.h"

#include <math.h>
#include <string.h>

#define FACTOR_FROM 2.0
#define MINUS       "\xe2\x88\x92"
#define TIMES       "\xc3\x97"
#define NO_BREAK    "\xc2\xa0"

void zm_markup_between(FILE *out, const char *before, const char *text, const char *after)
{
    fputs(before, out);
    zm_html_prose(out, text);
    fputs(after, out);
}

static int decimals(double value)
{
    return fabs(value) < 9.95 ? 1 : 0;
}

#define NUMBER_MAX 32

static const char *percent_of(double ratio, int more, char buf[NUMBER_MAX])
{
    double percent = 100 * (ratio - 1);
    if (fabs(percent) < 0.05)
        snprintf(buf, NUMBER_MAX, "0");
    else
        snprintf(buf, NUMBER_MAX, "%s%.*f", percent < 0 ? MINUS : "+", decimals(percent) | more,
                 fabs(percent));
    return buf;
}

static const char *factor_of(double ratio, int more, char buf[NUMBER_MAX])
{
    if (ratio > 999.4)
        snprintf(buf, NUMBER_MAX, "&gt;999");
    else
        snprintf(buf, NUMBER_MAX, "%.*f", decimals(ratio) + more, ratio);
    return buf;
}

void zm_markup_change(FILE *out, double ratio)
{
    char text[NUMBER_MAX];
    if (ratio >= FACTOR_FROM)
        fprintf(out, "%s" TIMES, factor_of(ratio, 0, text));
    else
        fprintf(out, "%s" NO_BREAK "%%", percent_of(ratio, 0, text));
}

void zm_markup_range(FILE *out, const struct zm_interval *i)
{
    char low[NUMBER_MAX], high[NUMBER_MAX];
    if (!zm_interval_known(i)) {
        fprintf(out, "%zu block%s", i->pairs, i->pairs == 1 ? "" : "s");
        return;
    }
    bool factor = i->ratio >= FACTOR_FROM;
    const char *(*text)(double, int, char *) = factor ? factor_of : percent_of;
    /* Near each other they need the decimal that tells them apart. */
    int more = i->high - i->low < (factor ? 0.2 : 0.015);
    text(i->low, more, low);
    text(i->high, more, high);
    if (strcmp(low, high) != 0)
        fprintf(out, "%s to %s%s", low, high, factor ? TIMES : "");
}

const char *zm_markup_value(enum zm_quantity quantity, double value, char *buf, size_t size)
{
    return zm_with_unit_to(quantity, value, 2, buf, size);
}

const char *zm_markup_class(enum zm_difference difference)
{
    return difference == ZM_LOWER           ? "less"
           : difference == ZM_HIGHER        ? "more"
           : difference == ZM_NO_DIFFERENCE ? "same"
                                            : "unknown";
}
