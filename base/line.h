/* Text in a fixed buffer. Nothing here allocates.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_BASE_LINE_H
#define ZM_BASE_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What does not fit is left out. */
struct zm_line {
    char *bytes;
    size_t size, length;
};
#define ZM_LINE(array) ((struct zm_line){(array), sizeof(array), 0})

void zm_line_add(struct zm_line *t, const char *s);
void zm_line_decimal(struct zm_line *t, uint64_t value);
void zm_line_hex(struct zm_line *t, uint64_t value); /* with 0x */

/* ,"name":value of a JSON object */
void zm_line_number(struct zm_line *t, const char *name, uint64_t value);
void zm_line_string(struct zm_line *t, const char *name, const char *value);

/* Whether there is room for another byte. If not, something may have been left out. */
bool zm_line_has_room(const struct zm_line *t);

/* Puts strings together, up to NULL, as the reason why a choice is refused. The result is in static
 * storage. */
const char *zm_problem(const char *first, ...) __attribute__((sentinel));

#endif
