/* The backends that are built in, as a list for messages.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_BACKENDS_NAMES_H
#define ZM_BACKENDS_NAMES_H

#include <stddef.h>

/* Their names with commas between them, in `list`, which is returned; cut off where they are
 * longer. Allocates nothing. */
const char *zm_names(char *list, size_t size);

/* Appends `from` to the text of this length in `to`; returns the new length. */
size_t zm_append(char *to, size_t length, size_t size, const char *from);

#endif
