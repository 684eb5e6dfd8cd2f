/* Pieces of the page that are the same for all of them.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TOOLS_REPORTING_HTML_H
#define ZM_TOOLS_REPORTING_HTML_H

#include <stdio.h>

#include "tools/results/dataset.h"

/* Any text, made harmless. */
void zm_html_text(FILE *out, const char *text);

void zm_html_begin(FILE *out, const char *title);
void zm_html_end(FILE *out);

/* The heading of a machine, and what is recorded of it. */
void zm_html_machine(FILE *out, const struct zm_machine *machine);

#endif
