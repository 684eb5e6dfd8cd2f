/* Text from elsewhere, made fit to be shown.
 *
 * Names, reasons and messages come from files, commands and machines that this program knows
 * nothing about. Written as they are, they could move the cursor, retitle the terminal or forge
 * lines of the output. All of them pass through here on their way out.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TOOLS_COMMON_PRINTABLE_H
#define ZM_TOOLS_COMMON_PRINTABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define ZM_PRINTABLE_MAX 17 /* bytes for one character, with the '\0' */

/* The bytes of the UTF-8 character that `text` begins with, and the character; 0 if it begins with
 * none. */
size_t zm_utf8_first(const char *text, uint32_t *character);

/* Takes the next character off `*text`, and puts it into `out` as it may be shown: printable UTF-8
 * and tabs as they are, a line's end as "\n", and each byte of all else as "\x1b". False at the
 * end of the text. */
bool zm_printable_next(const char **text, char out[ZM_PRINTABLE_MAX]);

/* The whole text, cut off where `buf` ends. */
const char *zm_printable(const char *text, char *buf, size_t size);

/* The whole text into a file; the second between two texts of our own, which stay as they are. */
void zm_put_printable(FILE *out, const char *text);
void zm_put_between(FILE *out, const char *before, const char *text, const char *after);

#endif
