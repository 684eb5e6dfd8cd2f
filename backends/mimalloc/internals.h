/* What the module knows of mimalloc's insides, by lines of releases whose insides are alike: 20 is
 * 2.0.9, 21 is 2.2.7 to 2.4, 30 is 3.2.8 to 3.4, and 0 is any other, of which it uses the public
 * functions alone. The build finds out which one it has: it compiles check.c.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_BACKENDS_MIMALLOC_INTERNALS_H
#define ZM_BACKENDS_MIMALLOC_INTERNALS_H

#include <mimalloc.h>
#if ZM_MIMALLOC_LINE == 20
#    include <mimalloc-internal.h>
#elif ZM_MIMALLOC_LINE
#    include <mimalloc/internal.h>
#    include <mimalloc/prim.h>
#endif
#include <stdbool.h>

#if ZM_MIMALLOC_LINE == 30
typedef mi_theap_t heap_t; /* a thread's share of a heap */
#else
typedef mi_heap_t heap_t;
#endif

#if ZM_MIMALLOC_LINE == 20

static inline heap_t *heap_now(void)
{
    return mi_get_default_heap();
}

static inline uintptr_t own_thread(void)
{
    return _mi_thread_id();
}

/* For a huge block the page's head has only a part of the size. */
static inline bool is_huge(const mi_page_t *page)
{
    return page->xblock_size >= MI_HUGE_BLOCK_SIZE;
}

static inline size_t block_bytes(const mi_page_t *page)
{
    return page->xblock_size;
}

static inline void *alloc_generic(heap_t *heap, size_t size)
{
    return _mi_malloc_generic(heap, size, false, 0);
}

static inline void hand_out(mi_block_t *block)
{
    (void)block;
}

#elif ZM_MIMALLOC_LINE == 21

static inline heap_t *heap_now(void)
{
    return mi_prim_get_default_heap();
}

static inline uintptr_t own_thread(void)
{
    return _mi_prim_thread_id();
}

static inline bool is_huge(const mi_page_t *page)
{
    (void)page;
    return false; /* none that has less than its size in the page's head */
}

static inline size_t block_bytes(const mi_page_t *page)
{
    return page->block_size;
}

static inline void *alloc_generic(heap_t *heap, size_t size)
{
    return _mi_malloc_generic(heap, size, false, 0, NULL);
}

static inline void hand_out(mi_block_t *block)
{
    (void)block;
}

#elif ZM_MIMALLOC_LINE == 30

static inline heap_t *heap_now(void)
{
    return _mi_theap_default();
}

static inline uintptr_t own_thread(void)
{
    return _mi_prim_thread_id();
}

static inline size_t block_bytes(const mi_page_t *page)
{
    return page->block_size;
}

static inline void *alloc_generic(heap_t *heap, size_t size)
{
    return _mi_malloc_generic(heap, size, 0, NULL);
}

/* As mimalloc itself does: where the next free block is, is nobody's business. */
static inline void hand_out(mi_block_t *block)
{
    block->next = 0;
}

#endif

/* ---- pages, those of the calling thread ---- */

#if ZM_MIMALLOC_LINE == 30

static inline bool is_initialized(const heap_t *heap)
{
    return mi_theap_is_initialized(heap);
}

static inline bool is_huge(const mi_page_t *page)
{
    return mi_page_is_singleton(page);
}

static inline heap_t *heap_of(const mi_page_t *page)
{
    return mi_page_theap(page);
}

static inline bool is_in_full(const mi_page_t *page)
{
    return mi_page_is_in_full(page);
}

/* The page of a block, if the page belongs to the calling thread and the block does not lie
 * inside a larger one; else NULL. */
static inline const mi_page_t *own_page(const void *ptr)
{
    const mi_page_t *page = _mi_ptr_page(ptr);
    if (mi_page_thread_id(page) != own_thread())
        return NULL;
    return mi_page_has_interior_pointers(page) || is_huge(page) ? NULL : page;
}

/* A thread has one share of the heap that it allocates from, and no other. */
static inline void *alloc_beside(const mi_page_t *page, size_t size)
{
    (void)page;
    return mi_malloc(size);
}

static inline const heap_t *first_of_thread(const heap_t *heap)
{
    return heap->tld->theaps;
}

static inline const heap_t *next_of_thread(const heap_t *heap)
{
    return heap->tnext;
}

static inline int64_t reserved_now(void)
{
    return _mi_subproc_main()->stats.reserved.current;
}

static inline int64_t committed_now(void)
{
    return _mi_subproc_main()->stats.committed.current;
}

#elif ZM_MIMALLOC_LINE

static inline bool is_initialized(heap_t *heap)
{
    return mi_heap_is_initialized(heap);
}

static inline heap_t *heap_of(const mi_page_t *page)
{
    return mi_page_heap(page);
}

static inline bool is_in_full(const mi_page_t *page)
{
    return page->flags.x.in_full;
}

static inline const mi_page_t *own_page(const void *ptr)
{
    const mi_segment_t *segment = _mi_ptr_segment(ptr);
    if (mi_atomic_load_relaxed(&segment->thread_id) != own_thread())
        return NULL;
    const mi_page_t *page = _mi_segment_page_of(segment, ptr);
    bool whole = !page->flags.x.has_aligned && !is_huge(page);
    return whole && mi_page_heap(page) ? page : NULL;
}

static inline void *alloc_beside(const mi_page_t *page, size_t size)
{
    return mi_heap_malloc(mi_page_heap(page), size);
}

static inline const heap_t *first_of_thread(const heap_t *heap)
{
    return heap->tld->heaps;
}

static inline const heap_t *next_of_thread(const heap_t *heap)
{
    return heap->next;
}

static inline int64_t reserved_now(void)
{
    return _mi_stats_main.reserved.current;
}

#endif

#endif
