/* What the halves of the jemalloc module have in common.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_BACKENDS_JEMALLOC_CONTROL_H
#define ZM_BACKENDS_JEMALLOC_CONTROL_H

#include <errno.h>

#include "backends/control.h"

/* mallctl's errors are positive; a name that is not there (ENOENT) is something it can't do. */
static inline int failed(int error)
{
    return error == ENOENT ? -ENOTSUP : -error;
}

/* Members of struct zm_control. */
struct zm_block ZM_MODULE_SYMBOL(alloc_flags)(size_t size, int flags);
struct zm_block ZM_MODULE_SYMBOL(resize_flags)(void *ptr, size_t size, int flags, size_t *old);
size_t ZM_MODULE_SYMBOL(release_flags)(void *ptr, int flags);
int ZM_MODULE_SYMBOL(slabs)(void *const *ptrs, size_t count, struct zm_slab *out);
struct zm_block ZM_MODULE_SYMBOL(alloc_near)(const void *ptr, size_t size);

int ZM_MODULE_SYMBOL(tcache_create)(uint32_t *cache);
int ZM_MODULE_SYMBOL(tcache_flush)(uint32_t cache);
int ZM_MODULE_SYMBOL(tcache_destroy)(uint32_t cache);
bool ZM_MODULE_SYMBOL(has_tcache)(uint32_t cache);

extern const struct zm_control ZM_MODULE_SYMBOL(control);

#endif
