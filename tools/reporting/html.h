/* The pieces of the page that do not depend on the results.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TOOLS_REPORTING_HTML_H
#define ZM_TOOLS_REPORTING_HTML_H

#include <stdio.h>

#include "tools/results/dataset.h"

/* Writes any text so that it is only text to a browser. */
void zm_html_text(FILE *out, const char *text);

void zm_html_begin(FILE *out, const char *title);
void zm_html_end(FILE *out);

/* Writes the heading of a machine, and what is recorded of it. */
void zm_html_machine(FILE *out, const struct zm_machine *machine);

#endif
