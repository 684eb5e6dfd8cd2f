/* snmalloc, by its public functions. It counts chunks and no blocks: those are in the account.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include <snmalloc_c.h>
#include <stdint.h>

#include "accounting/sums.h"
#include "backends/control.h"

static const char *version(void)
{
    return ZM_MODULE_VERSION;
}

static int init(void)
{
    return 0;
}

static inline size_t usable(const void *ptr)
{
    return sn_malloc_usable_size(ptr);
}

static inline struct zm_block block(void *ptr)
{
    return (struct zm_block){ptr, ZM_LIKELY(ptr) ? usable(ptr) : 0};
}

static inline struct zm_block alloc(size_t size)
{
    return block(ZM_LIKELY(size <= PTRDIFF_MAX) ? sn_malloc(size) : NULL);
}

static inline struct zm_block alloc_zeroed(size_t size)
{
    return block(ZM_LIKELY(size <= PTRDIFF_MAX) ? sn_calloc(1, size) : NULL);
}

static inline struct zm_block alloc_aligned(size_t align, size_t size)
{
    bool fits = align <= PTRDIFF_MAX / 2 && size <= PTRDIFF_MAX / 2;
    size += size == 0; /* a block of no bytes would not be aligned */
    return block(ZM_LIKELY(fits) ? sn_memalign(align, size) : NULL);
}

static inline struct zm_block resize(void *ptr, size_t size, size_t *old)
{
    *old = usable(ptr);
    return block(ZM_LIKELY(size <= PTRDIFF_MAX) ? sn_realloc(ptr, size) : NULL);
}

static inline size_t release(void *ptr)
{
    size_t old = usable(ptr);
    sn_free(ptr);
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
    size_t current, peak;
    (void)wanted;
    zm_sums_read(&sums);
    sn_malloc_info(&current, &peak); /* of the chunks with blocks, those of its own included */
    out->allocated = sums.allocated - sums.freed;
    out->active = current;
    out->has = ZMALLOC_ALLOCATOR_ALLOCATED | ZMALLOC_ALLOCATOR_ACTIVE;
    return 0;
}

static const struct zm_control control = {
    .tells = ZMALLOC_ALLOCATOR_ALLOCATED | ZMALLOC_ALLOCATOR_ACTIVE,
    .cost = ZMALLOC_COST_READ,
    .info = info,
    .good_size = sn_malloc_good_size,
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
