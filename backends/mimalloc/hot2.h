/* The hot half of a free for mimalloc 2: a block's segment is found by its address, and in it the
 * page.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_BACKENDS_MIMALLOC_HOT2_H
#define ZM_BACKENDS_MIMALLOC_HOT2_H

#include "backends/backend.h"
#include "internals.h"

/* There is no find_any: a block's segment is read where it would be if the block were mimalloc's.
 */

static inline struct zm_found find(const void *ptr)
{
    if (ZM_UNLIKELY(!ptr))
        return (struct zm_found){NULL, 0};
    mi_segment_t *segment = _mi_ptr_segment(ptr);
    mi_page_t *page = _mi_segment_page_of(segment, ptr);
    bool mine = mi_atomic_load_relaxed(&segment->thread_id) == thread_at_door();
    if (ZM_UNLIKELY(!mine || is_huge(page)))
        return (struct zm_found){NULL, 0};
    size_t bytes = block_bytes(page);
    if (bytes == 0) /* never: it spares the caller a comparison */
        __builtin_unreachable();
    if (ZM_UNLIKELY(page->flags.full_aligned)) { /* a block may lie inside a larger one */
        ZM_SETTLE(page);
        return (struct zm_found){NULL, page->flags.x.has_aligned ? 0 : bytes};
    }
    return (struct zm_found){page, bytes};
}

static inline size_t usable(const void *ptr)
{
    const mi_page_t *page = _mi_segment_page_of(_mi_ptr_segment(ptr), ptr);
    bool whole = !page->flags.x.has_aligned && !is_huge(page);
    return ZM_LIKELY(whole) ? block_bytes(page) : mi_usable_size(ptr);
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

static inline void release_any(void *ptr)
{
    mi_segment_t *segment = _mi_ptr_segment(ptr);
    bool mine = mi_atomic_load_relaxed(&segment->thread_id) == own_thread();
    _mi_free_generic(segment, _mi_segment_page_of(segment, ptr), mine, ptr);
}

#endif
