/* Judging by rules whether something has become worse.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TOOLS_STATISTICS_GATE_H
#define ZM_TOOLS_STATISTICS_GATE_H

#include "finding.h"
#include "rule.h"

/* How often all rules together may call equals a regression. */
#define ZM_FALSE_ALARMS 0.001

enum zm_verdict_of_gate { ZM_GATE_PASS, ZM_GATE_REGRESSION, ZM_GATE_UNDECIDED };

struct zm_ruling {
    const struct zm_rule *rule;
    size_t row;                   /* of what is judged */
    struct zm_spread before, now; /* no count: not known; an amount has no before */
    struct zm_interval change; /* the ratio to the limit's base; of a count that never varies both
                                  ends are the ratio itself */
    bool exact;                /* it never varies, so that it is judged as a number */
    enum zm_verdict_of_gate verdict;
    const char *why; /* it is undecided (static storage); else NULL */
};

struct zm_rulings {
    struct zm_ruling all[ZM_RULES_MAX * ZM_ROWS_MAX];
    size_t count;
};

/* Judges each row of `now` but the control by each rule. `before` may be NULL if no rule is
 * relative; a row is compared with that of its label, or with row `pair` of `now` itself, block by
 * block, if that is not ZM_ROWS_MAX: then `before` is `now`. `no_times` is why times can't be
 * compared with the baseline's; NULL: they can. 0, or -ENOMEM. */
int zm_gate_judge(const struct zm_rules *rules, const struct zm_evidence *before,
                  const struct zm_evidence *now, size_t pair, const char *no_times,
                  struct zm_rulings *out);

/* The verdict of all: one regression is one, and else one that is undecided is that. */
enum zm_verdict_of_gate zm_gate_verdict(const struct zm_rulings *rulings);

#endif
