/* mimalloc: the size of a block stands in the head of its page, which malloc and free have in hand.
 *
 * So for the version that our Meson wrap pins, the hot paths of both are written here over the
 * functions of its internal headers, and no size is looked up that was known a moment before.
 * Everything else, and every other version, goes through the public functions.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>

#include "backends/backend.h"
#include "control.h"

static const char *version(void)
{
    return ZM_MODULE_VERSION;
}

static int init(void)
{
    mi_process_init();
    return 0;
}

#if MI_MALLOC_VERSION == 209

static inline struct zm_found find(const void *ptr)
{
    if (ZM_UNLIKELY(!ptr))
        return (struct zm_found){NULL, 0};
    mi_segment_t *segment = _mi_ptr_segment(ptr);
    mi_page_t *page = _mi_segment_page_of(segment, ptr);
    bool mine = mi_atomic_load_relaxed(&segment->thread_id) == _mi_thread_id();
    /* A page's head has only a part of the size of a huge block. */
    if (ZM_UNLIKELY(!mine || page->xblock_size >= MI_HUGE_BLOCK_SIZE))
        return (struct zm_found){NULL, 0};
    if (page->xblock_size == 0) /* it never is; that the compiler knows spares a comparison */
        __builtin_unreachable();
    /* A full page takes the block back in another way; and where blocks were aligned this one may
     * begin inside a larger one, which has another size. */
    if (ZM_UNLIKELY(page->flags.full_aligned)) {
        ZM_SETTLE(page);
        return (struct zm_found){NULL, page->flags.x.has_aligned ? 0 : page->xblock_size};
    }
    return (struct zm_found){page, page->xblock_size};
}

static inline size_t usable(const void *ptr)
{
    const mi_page_t *page = _mi_segment_page_of(_mi_ptr_segment(ptr), ptr);
    bool whole = !page->flags.x.has_aligned && page->xblock_size < MI_HUGE_BLOCK_SIZE;
    return ZM_LIKELY(whole) ? page->xblock_size : mi_usable_size(ptr);
}

static inline void release_found(void *ptr, struct zm_found found)
{
    mi_page_t *page = found.where;
    if (ZM_UNLIKELY(!page)) { /* a full page changes lists when a block comes back */
        ZM_SETTLE(ptr);
        mi_segment_t *segment = _mi_ptr_segment(ptr);
        _mi_free_generic(segment, _mi_segment_page_of(segment, ptr), true, ptr);
        return;
    }
    mi_block_set_next(page, ptr, page->local_free);
    page->local_free = ptr;
    if (ZM_UNLIKELY(--page->used == 0))
        _mi_page_retire(page);
}

/* Pages of small blocks are found by size, in words. Every size above the first word is an even
 * number of words, so that rounding up to 16 bytes changes no other size. */
static inline struct zm_block alloc_hot(size_t size, bool raise)
{
    if (ZM_UNLIKELY(raise ? size - 1 >= MI_SMALL_SIZE_MAX : size > MI_SMALL_SIZE_MAX))
        return (struct zm_block){NULL, 0};
    mi_heap_t *heap = mi_get_default_heap();
    mi_page_t *page = raise ? heap->pages_free_direct[((size - 1) / 16 + 1) * 2]
                            : _mi_heap_get_free_small_page(heap, size);
    mi_block_t *first = page->free;
    if (ZM_UNLIKELY(!first))
        return (struct zm_block){NULL, 0};
    page->used++;
    page->free = mi_block_next(page, first);
    return (struct zm_block){first, page->xblock_size};
}

/* Calls what stands behind the allocator's own functions, and so passes on what those would look
 * up again. */
static inline void *alloc_any(size_t size)
{
    struct zm_block hot = alloc_hot(size, false);
    return hot.ptr ? hot.ptr : _mi_malloc_generic(mi_get_default_heap(), size, false, 0);
}

static inline void release_any(void *ptr)
{
    mi_segment_t *segment = _mi_ptr_segment(ptr);
    bool mine = mi_atomic_load_relaxed(&segment->thread_id) == _mi_thread_id();
    _mi_free_generic(segment, _mi_segment_page_of(segment, ptr), mine, ptr);
}

#    define HOT .alloc_hot = alloc_hot, .find = find, .release_found = release_found

#else

static inline size_t usable(const void *ptr)
{
    return mi_usable_size(ptr);
}

static inline void *alloc_any(size_t size)
{
    return mi_malloc(size);
}

static inline void release_any(void *ptr)
{
    mi_free(ptr);
}

#    define HOT .alloc_hot = NULL

#endif

static inline struct zm_block block(void *ptr)
{
    return (struct zm_block){ptr, ZM_LIKELY(ptr) ? usable(ptr) : 0};
}

static inline struct zm_block alloc(size_t size)
{
    return block(alloc_any(size));
}

static inline size_t release(void *ptr)
{
    size_t old = usable(ptr);
    release_any(ptr);
    return old;
}

static inline struct zm_block alloc_zeroed(size_t size)
{
    return block(mi_zalloc(size));
}

static inline struct zm_block alloc_aligned(size_t align, size_t size)
{
    ZM_MODULE_SYMBOL(aligns)(align);
    return block(mi_malloc_aligned_at(size, align, 0));
}

static inline struct zm_block resize(void *ptr, size_t size, size_t *old)
{
    *old = usable(ptr);
    return block(mi_realloc(ptr, size));
}

static inline size_t release_sized(void *ptr, size_t size)
{
    (void)size;
    return release(ptr);
}

static const struct zm_ops ops = {
    .name = ZM_MODULE_NAME,
    .caps = ZMALLOC_CAP_USABLE,
    .min_size = 9, /* for 8 bytes and less it makes blocks of 8 */
    .version = version,
    .init = init,
    .alloc = alloc,
    .alloc_zeroed = alloc_zeroed,
    .alloc_aligned = alloc_aligned,
    .resize = resize,
    .usable = usable,
    .release = release,
    .release_sized = release_sized,
    .control = &ZM_MODULE_SYMBOL(control),
    HOT,
};

#define ZM_OPS ops
#include "backends/front_tmpl.h"
