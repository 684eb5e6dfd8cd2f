/* What the halves of the jemalloc module have in common.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_BACKENDS_JEMALLOC_CONTROL_H
#define ZM_BACKENDS_JEMALLOC_CONTROL_H

#include "backends/control.h"

/* Members of struct zm_control. */
struct zm_block ZM_MODULE_SYMBOL(alloc_flags)(size_t size, int flags);
struct zm_block ZM_MODULE_SYMBOL(resize_flags)(void *ptr, size_t size, int flags, size_t *old);
size_t ZM_MODULE_SYMBOL(release_flags)(void *ptr, int flags);
int ZM_MODULE_SYMBOL(slabs)(void *const *ptrs, size_t count, struct zm_slab *out);
struct zm_block ZM_MODULE_SYMBOL(alloc_near)(const void *ptr, size_t size);

extern const struct zm_control ZM_MODULE_SYMBOL(control);

#endif
