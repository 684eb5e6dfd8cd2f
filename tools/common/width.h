/* How many columns a text takes on a terminal.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TOOLS_COMMON_WIDTH_H
#define ZM_TOOLS_COMMON_WIDTH_H

#include <stddef.h>

/* Of printable UTF-8: wide characters take two columns, combining ones none. */
size_t zm_width(const char *text);

/* How many spaces fill the text up to so many columns, for printf's "%*s". */
int zm_padding(const char *text, size_t columns);

#endif
