/* Text within HTML and XML.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TOOLS_REPORTING_HTML_H
#define ZM_TOOLS_REPORTING_HTML_H

#include <stdio.h>

/* Writes any text so that it is only text, in attributes, too. */
void zm_html_text(FILE *out, const char *text);

/* The same for people: a number and its percent sign stay on one line. */
void zm_html_prose(FILE *out, const char *text);

#endif
