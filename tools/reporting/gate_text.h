/* What a gate has found, as text and as Markdown.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TOOLS_REPORTING_GATE_TEXT_H
#define ZM_TOOLS_REPORTING_GATE_TEXT_H

#include <stdbool.h>
#include <stdio.h>

#include "tools/statistics/gate.h"

struct zm_gate_report {
    const char *command, *baseline; /* what was run, and what it was compared with; NULL: nothing */
    const char *changed;            /* what circumstances differ; "" if nothing is known to */
    const struct zm_rows *rows;
    const struct zm_rulings *rulings;
    unsigned blocks;
    size_t failed;      /* runs */
    const char *reason; /* of the first of them */
};

/* "pass", "regression" or "undecided". */
const char *zm_gate_word(enum zm_verdict_of_gate verdict);

/* The verdict of all together: a run that failed is a regression, too. */
enum zm_verdict_of_gate zm_gate_report_verdict(const struct zm_gate_report *report);

/* What happened to the figure, "+12 exactly" or "-3.1..+8.0 %". */
const char *zm_gate_change(const struct zm_ruling *ruling, char *buf, size_t size);

/* The verdict in a sentence, unescaped. */
void zm_gate_sentence(const struct zm_gate_report *report, FILE *out);

/* These return 0, or -ENOMEM. */
int zm_gate_print(const struct zm_gate_report *report, FILE *out, bool colour);
int zm_gate_markdown(const struct zm_gate_report *report, FILE *out);

#endif
