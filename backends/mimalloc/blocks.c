/* mimalloc 2: blocks by flags, and what its segments have put off.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "control.h"

struct zm_block ZM_MODULE_SYMBOL(alloc_flags)(size_t size, int flags)
{
    mi_heap_t *heap = ZM_MODULE_SYMBOL(heap)(ZM_ARENA_OF(flags));
    size_t align = (size_t)1 << (flags & 0x3f);
    bool zero = flags & ZMALLOC_ZERO;
    void *ptr;
    ZM_MODULE_SYMBOL(aligns)(align);
    if (align > 1)
        ptr = zero ? mi_heap_zalloc_aligned(heap, size, align)
                   : mi_heap_malloc_aligned(heap, size, align);
    else
        ptr = zero ? mi_heap_zalloc(heap, size) : mi_heap_malloc(heap, size);
    return (struct zm_block){ptr, ptr ? mi_usable_size(ptr) : 0};
}

#if ZM_MIMALLOC_LINE == 20

/* Gives back now what the segment would give back at some later free. */
static void give_back(mi_segment_t *segment)
{
    mi_commit_mask_t due = segment->decommit_mask;
    size_t idx, count; /* the macro below uses the name idx */
    if (!segment->allow_decommit)
        return;
    mi_commit_mask_foreach(&due, idx, count)
    {
        _mi_os_decommit((char *)segment + idx * MI_COMMIT_SIZE, count * MI_COMMIT_SIZE,
                        &_mi_stats_main);
    }
    mi_commit_mask_foreach_end();
    for (size_t i = 0; i < MI_COMMIT_MASK_FIELD_COUNT; i++) {
        segment->commit_mask.mask[i] &= ~due.mask[i];
        segment->decommit_mask.mask[i] = 0;
    }
    segment->decommit_expire = 0;
}

void ZM_MODULE_SYMBOL(give_back)(mi_heap_t *heap)
{
    for (size_t bin = 0; bin <= MI_BIN_FULL; bin++)
        for (mi_page_t *page = heap->pages[bin].first; page; page = page->next)
            give_back(_mi_page_segment(page));
}

#else

void ZM_MODULE_SYMBOL(give_back)(mi_heap_t *heap)
{
    (void)heap; /* collect has done it */
}

#endif
