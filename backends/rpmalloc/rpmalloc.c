/* rpmalloc, by its public functions. It checks no size, and tells nothing about blocks: those are
 * in the account. What it has from the system is counted by the port.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <rpmalloc.h>
#include <stdint.h>

#include "accounting/sums.h"
#include "backends/control.h"

static const char *version(void)
{
    return ZM_MODULE_VERSION;
}

static int init(void)
{
    return rpmalloc_initialize(NULL) == 0 ? 0 : -ENOMEM;
}

static inline size_t usable(const void *ptr)
{
    return rpmalloc_usable_size((void *)ptr);
}

static inline struct zm_block block(void *ptr)
{
    return (struct zm_block){ptr, ZM_LIKELY(ptr) ? usable(ptr) : 0};
}

static inline struct zm_block alloc(size_t size)
{
    return block(ZM_LIKELY(size <= PTRDIFF_MAX) ? rpmalloc(size) : NULL);
}

static inline struct zm_block alloc_zeroed(size_t size)
{
    return block(ZM_LIKELY(size <= PTRDIFF_MAX) ? rpzalloc(size) : NULL);
}

static inline struct zm_block alloc_aligned(size_t align, size_t size)
{
    return block(ZM_LIKELY(size <= PTRDIFF_MAX) ? rpaligned_alloc(align, size) : NULL);
}

static inline struct zm_block resize(void *ptr, size_t size, size_t *old)
{
    *old = usable(ptr);
    return block(ZM_LIKELY(size <= PTRDIFF_MAX) ? rprealloc(ptr, size) : NULL);
}

static inline size_t release(void *ptr)
{
    size_t old = usable(ptr);
    rpfree(ptr);
    return old;
}

static inline size_t release_sized(void *ptr, size_t size)
{
    (void)size;
    return release(ptr);
}

static int info(bool wanted, struct zmalloc_allocator_info *out)
{
    struct zm_sums sums;
    rpmalloc_global_statistics_t all = {0};
    (void)wanted;
    zm_sums_read(&sums);
    rpmalloc_global_statistics(&all);
    out->allocated = sums.allocated - sums.freed;
    out->mapped = all.mapped;
    out->resident =
        all.active < all.mapped ? all.active : all.mapped; /* read one after the other */
    out->retained = out->mapped - out->resident;
    out->has = ZMALLOC_ALLOCATOR_ALLOCATED | ZMALLOC_ALLOCATOR_MAPPED | ZMALLOC_ALLOCATOR_RESIDENT |
               ZMALLOC_ALLOCATOR_RETAINED;
    return 0;
}

static const struct zm_control control = {
    .tells = ZMALLOC_ALLOCATOR_ALLOCATED | ZMALLOC_ALLOCATOR_MAPPED | ZMALLOC_ALLOCATOR_RESIDENT |
             ZMALLOC_ALLOCATOR_RETAINED,
    .cost = ZMALLOC_COST_READ,
    .info = info,
};

static const struct zm_ops ops = {
    .name = ZM_MODULE_NAME,
    .caps = ZMALLOC_CAP_USABLE,
    .version = version,
    .init = init,
    .alloc = alloc,
    .alloc_zeroed = alloc_zeroed,
    .alloc_aligned = alloc_aligned,
    .resize = resize,
    .usable = usable,
    .release = release,
    .release_sized = release_sized,
    .control = &control,
};

#define ZM_OPS ops
#include "backends/front_tmpl.h"
