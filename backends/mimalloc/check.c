/* Compiled while the build is configured, never linked: fields, types and signatures that the
 * module relies on, in the headers of the mimalloc at hand. Where one isn't so, another line of
 * releases is tried, and at last the public functions have to do.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "backends/mimalloc/internals.h"

#include <stddef.h>
#include <stdint.h>

/* What only some builds keep per block, the hot paths don't. */
#if MI_STAT || MI_PADDING || MI_ENCODE_FREELIST || MI_GUARDED || MI_SECURE || MI_DEBUG
#    error this build of mimalloc has more to do for a block
#endif

#if MI_MALLOC_VERSION / 10000 == 1 || MI_MALLOC_VERSION / 100 == 1
#    error mimalloc 1 has much the same names, and was never tried
#endif

static mi_page_t *page;
static heap_t *heap;

#define IS(type, what) \
    _Static_assert(__builtin_types_compatible_p(type, __typeof__(what)), #what " is a " #type)
IS(mi_block_t *, page->free);
IS(mi_block_t *, page->local_free);
IS(mi_page_t *, heap->pages_free_direct[0]);
_Static_assert(MI_SMALL_SIZE_MAX / sizeof(void *) <
                   sizeof heap->pages_free_direct / sizeof heap->pages_free_direct[0],
               "a page for every size in words");
_Static_assert(sizeof(mi_block_t) == sizeof(void *), "a free block's head is a pointer");
_Static_assert(_Alignof(max_align_t) != 16 || MI_MAX_ALIGN_SIZE == 16,
               "sizes above a word are even numbers of words");

static void (*const retire)(mi_page_t *) = _mi_page_retire;
size_t relied_on(void *ptr, size_t size);

#if ZM_MIMALLOC_LINE == 30

IS(uint16_t, page->used);
IS(uint8_t, page->retire_expire);
IS(size_t, page->block_size);
IS(mi_encoded_t, page->free->next);
IS(uint16_t, page->capacity);
IS(uint16_t, page->reserved);
IS(mi_page_t *, page->next);
IS(mi_page_t *, heap->pages[MI_BIN_FULL].first);
IS(mi_theap_t *, heap->tld->theaps);
IS(mi_theap_t *, heap->tnext);
_Static_assert(MI_PAGE_FLAG_MASK == (MI_PAGE_IN_FULL_QUEUE | MI_PAGE_HAS_INTERIOR_POINTERS),
               "two flags, and nothing else, beside a thread's number");
#    if MI_THEAP_INITASNULL
#        error the first call of a thread would have no heap
#    endif
static void *(*const generic)(mi_theap_t *, size_t, size_t, size_t *) = _mi_malloc_generic;

size_t relied_on(void *ptr, size_t size)
{
    page = _mi_ptr_page(ptr);
    heap = heap_now();
    mi_block_set_next(page, ptr, mi_block_next(page, page->free));
    retire(page);
    return (uintptr_t)generic(heap, size, 0, NULL) + mi_page_has_interior_pointers(page) +
           (own_thread() ^ mi_page_xthread_id(page)) + block_bytes(page) + _mi_bin(size) +
           (size_t)(reserved_now() + committed_now()) + (own_page(ptr) != NULL) + is_in_full(page) +
           is_initialized(heap_of(page)) + (_mi_checked_ptr_page(ptr) != NULL) +
           mi_option_pagemap_commit + mi_option_max_vabits;
}

#else

IS(uint16_t, page->capacity);
IS(mi_page_t *, page->next);
IS(mi_page_t *, heap->pages[MI_BIN_FULL].first);
IS(mi_heap_t *, heap->tld->heaps);
IS(mi_heap_t *, heap->next);

#    if ZM_MIMALLOC_LINE == 20
IS(uint32_t, page->xblock_size);
IS(uint32_t, page->used);
static void *(*const generic)(mi_heap_t *, size_t, bool, size_t) = _mi_malloc_generic;
static void (*const free_generic)(const mi_segment_t *, mi_page_t *, bool,
                                  void *) = _mi_free_generic;
#    else
IS(size_t, page->block_size);
IS(uint16_t, page->used);
static void *(*const generic)(mi_heap_t *, size_t, bool, size_t, size_t *) = _mi_malloc_generic;
static void (*const free_generic)(mi_segment_t *, mi_page_t *, bool, void *) = _mi_free_generic;
#    endif

size_t relied_on(void *ptr, size_t size)
{
    mi_segment_t *segment = _mi_ptr_segment(ptr);
    page = _mi_segment_page_of(segment, ptr);
    heap = mi_page_heap(page);
    bool mine = mi_atomic_load_relaxed(&segment->thread_id) == own_thread();
    page->flags.x.has_aligned = page->flags.x.in_full = page->flags.full_aligned == 0;
    mi_block_set_next(page, ptr, mi_block_next(page, page->free));
    retire(page);
    free_generic(segment, page, mine && mi_heap_is_initialized(heap_now()), ptr);
    return (uintptr_t)generic(heap, size, false, 0
#    if ZM_MIMALLOC_LINE != 20
                              ,
                              &size
#    endif
                              ) +
           _mi_bin(size) + (uintptr_t)_mi_heap_get_free_small_page(heap, size) +
           (uintptr_t)_mi_stats_main.reserved.current + block_bytes(page) + is_huge(page);
}

#endif
