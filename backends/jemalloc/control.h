/* What the halves of the jemalloc module have in common.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_BACKENDS_JEMALLOC_CONTROL_H
#define ZM_BACKENDS_JEMALLOC_CONTROL_H

#include "backends/control.h"

/* Members of struct zm_control. */
struct zm_block zm_jemalloc_alloc_flags(size_t size, int flags);
struct zm_block zm_jemalloc_resize_flags(void *ptr, size_t size, int flags, size_t *old);
size_t zm_jemalloc_release_flags(void *ptr, int flags);
int zm_jemalloc_slabs(void *const *ptrs, size_t count, struct zm_slab *out);
struct zm_block zm_jemalloc_alloc_near(const void *ptr, size_t size);

#endif
