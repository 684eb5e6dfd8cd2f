/* The hot half of a free for mimalloc 3: a map has the page of an address, and the page its
 * thread's number and, in the lowest bits of that, whether it is full and has blocks within blocks.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_BACKENDS_MIMALLOC_HOT3_H
#define ZM_BACKENDS_MIMALLOC_HOT3_H

#include <errno.h>

#include "backends/backend.h"
#include "internals.h"

static inline struct zm_found find_in(mi_page_t *page)
{
    uintptr_t other = thread_at_door() ^ mi_page_xthread_id(page);
    size_t bytes = block_bytes(page);
    if (bytes == 0) /* never: it spares the caller a comparison */
        __builtin_unreachable();
    if (ZM_UNLIKELY(other)) {
        ZM_SETTLE(page);
        return (struct zm_found){NULL, other == MI_PAGE_IN_FULL_QUEUE ? bytes : 0};
    }
    return (struct zm_found){page, bytes};
}

static inline struct zm_found find(const void *ptr)
{
    return ZM_LIKELY(ptr) ? find_in(_mi_ptr_page(ptr)) : (struct zm_found){NULL, 0};
}

/* The map tells whose a block is. It has none of NULL and of what mimalloc never had, and has an
 * entry for each 64 KiB of a page, which are mimalloc's as a whole; these are taken out before the
 * memory goes anywhere (_mi_page_map_unregister). Parts of the map, once there, stay. But a page
 * for one block of a large alignment is entered for 64 KiB more than it has, so pages for one block
 * are not taken for found. That the map can be read for every address is a matter of two options.
 */
#if defined(__x86_64__) && !MI_PAGE_MAP_FLAT
#    define FIND_ANY find_any

static inline struct zm_found find_any(const void *ptr)
{
    mi_page_t *page = _mi_checked_ptr_page(ptr);
    if (ZM_UNLIKELY(!page || page->reserved == 1))
        return (struct zm_found){NULL, 0};
    return find_in(page);
}

/* Users can set both, too: the first map is then readable in part, or smaller than all addresses
 * that the system gives. It takes address space alone, 2 MiB. */
static inline int start(void)
{
    mi_option_enable(mi_option_pagemap_commit);
    mi_option_set(mi_option_max_vabits, 0);
    mi_process_init();
    return _mi_page_map ? 0 : -ENOMEM;
}

#endif

static inline size_t usable(const void *ptr)
{
    const mi_page_t *page = _mi_ptr_page(ptr);
    return ZM_LIKELY(!mi_page_has_interior_pointers(page)) ? block_bytes(page)
                                                           : mi_usable_size(ptr);
}

static inline void release_found(void *ptr, struct zm_found found)
{
    mi_page_t *page = found.where;
    if (ZM_UNLIKELY(!page)) { /* a full page changes lists when a block comes back */
        mi_free(ptr);
        return;
    }
    mi_block_set_next(page, ptr, page->local_free);
    page->local_free = ptr;
    if (ZM_UNLIKELY(--page->used == 0) && page->retire_expire == 0)
        _mi_page_retire(page);
}

static inline void release_any(void *ptr)
{
    mi_free(ptr);
}

#endif
