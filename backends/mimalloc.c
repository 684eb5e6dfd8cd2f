/* mimalloc: rounds as its size classes do for fresh blocks; a resized block is asked.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <mimalloc.h>

#include "accounting/front.h"
#include "backend.h"
#include "sizes.h"

static struct zm_sizes sizes;

static const char *version(void)
{
    return ZM_MIMALLOC_VERSION;
}

static int init(void)
{
    mi_process_init();
    zm_sizes_fill(&sizes, mi_good_size);
    return 0;
}

static inline size_t usable(const void *ptr)
{
    return mi_usable_size(ptr);
}

static inline struct zm_block block(void *ptr)
{
    return (struct zm_block){ptr, ZM_LIKELY(ptr) ? usable(ptr) : 0};
}

static inline struct zm_block fresh(void *ptr, size_t size)
{
    return ZM_LIKELY(zm_sizes_has(size)) ? (struct zm_block){ptr, zm_sizes_round(&sizes, size)}
                                         : block(ptr);
}

static inline struct zm_block alloc(size_t size)
{
    return fresh(mi_malloc(size), size);
}

static inline struct zm_block alloc_zeroed(size_t size)
{
    return fresh(mi_zalloc(size), size);
}

/* Not mi_malloc_aligned: of 512 bytes at 256 or 1024 at 512 it gives any block of that size, though
 * pages of such blocks start at an odd multiple of 128. */
static inline struct zm_block alloc_aligned(size_t align, size_t size)
{
    return block(mi_malloc_aligned_at(size, align, 0));
}

static inline struct zm_block resize(void *ptr, size_t size, size_t *old)
{
    *old = usable(ptr);
    return block(mi_realloc(ptr, size));
}

static inline void release(void *ptr, size_t unused)
{
    (void)unused;
    mi_free(ptr);
}

static inline size_t release_sized(void *ptr, size_t size)
{
    (void)size;
    size_t old = usable(ptr);
    mi_free(ptr);
    return old;
}

static const struct zm_ops ops = {
    .name = "mimalloc",
    .caps = ZMALLOC_CAP_USABLE,
    .min_size = 9, /* of 8 bytes and less it makes blocks of 8 */
    .version = version,
    .init = init,
    .alloc = alloc,
    .alloc_zeroed = alloc_zeroed,
    .alloc_aligned = alloc_aligned,
    .resize = resize,
    .usable = usable,
    .release = release,
    .release_sized = release_sized,
};

ZM_BACKEND(mimalloc, ops);
