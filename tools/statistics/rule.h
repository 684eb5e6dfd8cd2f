/* Rules of a gate: "peak_live > +2 %".
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TOOLS_STATISTICS_RULE_H
#define ZM_TOOLS_STATISTICS_RULE_H

#include <stdbool.h>
#include <stddef.h>

#include "tools/samples/figure.h"

#define ZM_RULES_MAX 32
#define ZM_RULE_TEXT 48

struct zm_rule {
    char text[ZM_RULE_TEXT]; /* as it was given */
    enum zm_figure figure;
    bool above;    /* what is above the limit fails; else what is below */
    bool relative; /* the limit is a factor of what it was before; else an amount */
    double limit;
};

struct zm_rules {
    struct zm_rule all[ZM_RULES_MAX];
    size_t count;
};

/* Adds the rule that the text has: a figure's short name, > or <, and a signed change in percent or
 * an amount that may have a unit ("64 MiB", "1.5 s", "2M"). Returns NULL, or what is wrong with it
 * (static storage). */
const char *zm_rules_add(struct zm_rules *rules, const char *text);

/* The short names, in turn; NULL after the last. */
const char *zm_rule_figure_name(size_t index);

#endif
