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
#endif
