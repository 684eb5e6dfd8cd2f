/* Escaping.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "html.h"

#include "tools/common/printable.h"

#include <stdbool.h>

#define NO_BREAK "\xc2\xa0"

static void put(FILE *out, const char *text, bool prose)
{
    char next[ZM_PRINTABLE_MAX];
    while (zm_printable_next(&text, next)) { /* a page may go to a terminal, too */
        switch (*next) {
        case '&':
            fputs("&amp;", out);
            break;
        case '<':
            fputs("&lt;", out);
            break;
        case '>':
            fputs("&gt;", out);
            break;
        case '"':
            fputs("&quot;", out);
            break;
        case '\'':
            fputs("&#39;", out);
            break;
        case ' ':
            fputs(prose && *text == '%' ? NO_BREAK : " ", out);
            break;
        default:
            fputs(next, out);
        }
    }
}

void zm_html_text(FILE *out, const char *text)
{
    put(out, text, false);
}

void zm_html_prose(FILE *out, const char *text)
{
    put(out, text, true);
}
