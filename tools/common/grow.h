/* Arrays that grow.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TOOLS_COMMON_GROW_H
#define ZM_TOOLS_COMMON_GROW_H

#include <stddef.h>

/* The array, which has `count` elements of so many bytes, with room for one more: it doubles, and
 * begins with `first`. NULL: out of memory, and all is as it was. */
void *zm_grow(void *all, size_t count, size_t *room, size_t bytes, size_t first);

#endif
