/* The style draws dot, whisker and baseline from custom properties, as shares of the cell's width.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "strips.h"

#include "markup.h"

#include <math.h>

void zm_strips_head(FILE *out, const struct zm_axes *axes, size_t column, const char *title)
{
    const struct zm_axis *axis = &axes->all[column];
    zm_markup_between(out, "<th scope=col class=strip>", title,
                      "<span class=axis aria-hidden=true>");
    for (size_t t = 0; t < axis->tick_count; t++)
        fprintf(out, "<i style=\"--x:%.3f\">%g%s</i>", zm_axes_place(axes, column, axis->ticks[t]),
                axis->ticks[t], axis->ticks[t] == 1 ? "" : "\xc3\x97");
    fputs("</span></th>", out);
}

void zm_strips_cell(FILE *out, const struct zm_axes *axes, size_t column, const char *key,
                    const struct zm_interval *i, enum zm_difference difference, const char *value)
{
    fprintf(out, "<td class=\"strip %s %s\"><span class=n>", key, zm_markup_class(difference));
    if (i->pairs > 0) {
        fputs("<b>", out);
        zm_markup_change(out, i->ratio);
        fputs("</b> <small>", out);
        zm_markup_range(out, i);
        fputs("</small>", out);
        if (difference == ZM_NO_DIFFERENCE)
            fputs("<span class=hidden> not told</span>", out);
    }
    if (value)
        zm_markup_between(out, " <span class=v>", value, "</span>");
    fputs("</span>", out);
    if (i->pairs > 0) {
        double at = zm_axes_place(axes, column, i->ratio);
        bool known = zm_interval_known(i);
        double low = known ? zm_axes_place(axes, column, i->low) : at;
        double high = known ? zm_axes_place(axes, column, i->high) : at;
        fprintf(out, "<i class=ci style=\"--l:%.3f;--h:%.3f;--m:%.3f\"></i>", low, high, at);
    }
    fputs("</td>", out);
}

void zm_strips_base(FILE *out, const char *key, const char *value)
{
    fprintf(out, "<td class=\"strip %s\"><span class=n>", key);
    zm_markup_between(out, "<span class=v>", value, "</span></span><i class=\"ci none\"></i></td>");
}
