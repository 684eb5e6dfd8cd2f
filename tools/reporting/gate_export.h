/* What a gate has found, as other programs read it.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TOOLS_REPORTING_GATE_EXPORT_H
#define ZM_TOOLS_REPORTING_GATE_EXPORT_H

#include "gate_text.h"

/* Writes a report in one format. 0, or -errno. */
typedef int zm_gate_writer(const struct zm_gate_report *report, FILE *out);

/* By the name of the format; NULL: there is none of that name. */
zm_gate_writer *zm_gate_writer_named(const char *name);

/* The names, separated by spaces. */
#define ZM_GATE_FORMATS "junit markdown github-action-benchmark bencher"

#endif
