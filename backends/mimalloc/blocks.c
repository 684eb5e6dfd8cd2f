/* mimalloc: blocks by flags, and where its insides are known the pages they lie in.
 *
 * Only its own thread may read a page. So nothing is told about blocks of other threads, nor about
 * those that may lie inside a larger block.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include <stdatomic.h>

#include "control.h"

/* ---- flags: blocks from a given heap ---- */

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

#if ZM_MIMALLOC_LINE

/* ---- pages ---- */

/* Sums over the pages of one size that have room. Walking them takes time in proportion to their
 * number, so that is done once for as many questions. Threads that ask at once about blocks of the
 * same size walk more often. */
struct sums {
    _Atomic(const mi_heap_t *) heap; /* whose sums they are */
    atomic_size_t used, room;
    atomic_int left; /* questions that they still answer */
};

static void add_up(struct sums *sums, const mi_heap_t *heap, const mi_page_queue_t *queue)
{
    size_t used = 0, room = 0;
    int pages = 0;
    for (const mi_page_t *page = queue->first; page; page = page->next, pages++) {
        used += page->used;
        room += page->capacity;
    }
    atomic_store(&sums->used, used);
    atomic_store(&sums->room, room);
    atomic_store(&sums->left, pages > 16 ? pages : 16);
    atomic_store(&sums->heap, heap);
}

/* The page of a block, if the page belongs to the calling thread and the block does not lie
 * inside a larger one; else NULL. */
static const mi_page_t *page_of(const void *ptr)
{
    const mi_segment_t *segment = _mi_ptr_segment(ptr);
    if (mi_atomic_load_relaxed(&segment->thread_id) != own_thread())
        return NULL;
    const mi_page_t *page = _mi_segment_page_of(segment, ptr);
    bool whole = !page->flags.x.has_aligned && !is_huge(page);
    return whole && mi_page_heap(page) ? page : NULL;
}

static struct zm_slab slab_of(const void *ptr)
{
    static struct sums of_sizes[MI_BIN_FULL + 1];
    const mi_page_t *page = page_of(ptr);
    if (!page)
        return (struct zm_slab){.room = 0};
    struct zm_slab slab = {.used = page->used, .room = page->capacity};
    if (page->flags.x.in_full)
        return slab;
    const mi_heap_t *heap = mi_page_heap(page);
    size_t bin = _mi_bin(block_bytes(page));
    const mi_page_queue_t *queue = &heap->pages[bin];
    struct sums *sums = &of_sizes[bin];
    if (atomic_load(&sums->heap) != heap || atomic_fetch_sub(&sums->left, 1) <= 0)
        add_up(sums, heap, queue);
    slab.all_used = atomic_load(&sums->used);
    slab.all_room = atomic_load(&sums->room);
    slab.current = queue->first == page;
    return slab;
}

int ZM_MODULE_SYMBOL(slabs)(void *const *ptrs, size_t count, struct zm_slab *out)
{
    for (size_t i = 0; i < count; i++)
        out[i] = slab_of(ptrs[i]);
    return 0;
}

struct zm_block ZM_MODULE_SYMBOL(alloc_near)(const void *ptr, size_t size)
{
    const mi_page_t *page = page_of(ptr);
    void *fresh = page ? mi_heap_malloc(mi_page_heap(page), size) : NULL;
    return (struct zm_block){fresh, fresh ? mi_usable_size(fresh) : 0};
}

size_t ZM_MODULE_SYMBOL(room)(void)
{
    size_t room = 0;
    mi_heap_t *own = heap_now();
    if (!mi_heap_is_initialized(own)) /* this thread has never allocated */
        return 0;
    for (const mi_heap_t *heap = own->tld->heaps; heap; heap = heap->next)
        for (size_t bin = 0; bin < MI_BIN_FULL; bin++)
            for (const mi_page_t *page = heap->pages[bin].first; page; page = page->next)
                if (!is_huge(page))
                    room += (size_t)(page->capacity - page->used) * block_bytes(page);
    return room;
}

#endif

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
