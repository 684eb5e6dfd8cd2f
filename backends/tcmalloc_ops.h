/* What the two tcmallocs have in common; TC(name) is the allocator's function, TC_NAME its name.
 *
 * Up to ZM_SIZES_MAX a block always has the class of the size last asked for: resize sees to it,
 * since the allocator's own realloc would keep a larger block. So a size tells the class, at
 * allocation and at sized free. Larger blocks are asked.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>

#include "accounting/front.h"
#include "backend.h"
#include "sizes.h"

static struct zm_sizes sizes;

static const char *version(void)
{
    return ZM_GPERFTOOLS_VERSION;
}

static size_t ask_round(size_t size)
{
    return TC(nallocx)(size, 0);
}

static int init(void)
{
    int error = TC(init)();
    if (!error)
        zm_sizes_fill(&sizes, ask_round);
    return error;
}

static inline size_t usable(const void *ptr)
{
    return TC(malloc_size)((void *)ptr);
}

static inline struct zm_block fresh(void *ptr, size_t size)
{
    if (ZM_UNLIKELY(!ptr))
        return (struct zm_block){NULL, 0};
    size_t bytes = ZM_LIKELY(zm_sizes_has(size)) ? zm_sizes_round(&sizes, size) : usable(ptr);
    return (struct zm_block){ptr, bytes};
}

static inline struct zm_block alloc(size_t size)
{
    struct tcmalloc_block b = TC(malloc_block)(size);
    return (struct zm_block){b.ptr, b.usable};
}

static inline struct zm_block alloc_zeroed(size_t size)
{
    return fresh(TC(calloc)(1, size), size);
}

static inline struct zm_block alloc_aligned(size_t align, size_t size)
{
    void *ptr = TC(memalign)(align, size);
    return (struct zm_block){ptr, ptr ? usable(ptr) : 0};
}

static inline size_t release(void *ptr)
{
    return TC(free_block)(ptr);
}

static struct zm_block resize(void *ptr, size_t size, size_t *old)
{
    *old = usable(ptr);
    if (!zm_sizes_has(size)) {
        void *moved = TC(realloc)(ptr, size);
        return (struct zm_block){moved, moved ? usable(moved) : 0};
    }
    if (zm_sizes_round(&sizes, size) == *old)
        return (struct zm_block){ptr, *old};
    struct zm_block moved = alloc(size);
    if (moved.ptr) {
        memcpy(moved.ptr, ptr, *old < size ? *old : size);
        TC(free_sized)(ptr, *old);
    }
    return moved;
}

static inline size_t release_sized(void *ptr, size_t size)
{
    size_t old = ZM_LIKELY(zm_sizes_has(size)) ? zm_sizes_round(&sizes, size) : usable(ptr);
    TC(free_sized)(ptr, old);
    return old;
}

static const struct zm_ops ops = {
    .name = TC_NAME,
    .caps = ZMALLOC_CAP_USABLE | ZMALLOC_CAP_SIZED_FREE,
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
