/* mimalloc, where its insides are known: the pages that blocks lie in.
 *
 * Only its own thread may read a page. So nothing is told about blocks of other threads, nor about
 * those that may lie inside a larger block.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include <stdatomic.h>

#include "control.h"

/* Sums over the pages of one size that have room. Walking them takes time in proportion to their
 * number, so that is done once for as many questions. Threads that ask at once about blocks of the
 * same size walk more often. */
struct sums {
    _Atomic(const heap_t *) heap; /* whose sums they are */
    atomic_size_t used, room;
    atomic_int left; /* questions that they still answer */
};

static void add_up(struct sums *sums, const heap_t *heap, const mi_page_queue_t *queue)
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

static struct zm_slab slab_of(const void *ptr)
{
    static struct sums of_sizes[MI_BIN_FULL + 1];
    const mi_page_t *page = own_page(ptr);
    if (!page)
        return (struct zm_slab){.room = 0};
    struct zm_slab slab = {.used = page->used, .room = page->capacity};
    if (is_in_full(page))
        return slab;
    const heap_t *heap = heap_of(page);
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
    const mi_page_t *page = own_page(ptr);
    void *fresh = page ? alloc_beside(page, size) : NULL;
    return (struct zm_block){fresh, fresh ? mi_usable_size(fresh) : 0};
}

/* Not of pages without a block, which are kept for a while: nothing that is moved empties them. */
size_t ZM_MODULE_SYMBOL(room)(void)
{
    size_t room = 0;
    heap_t *own = heap_now();
    if (!is_initialized(own)) /* this thread has never allocated */
        return 0;
    for (const heap_t *heap = first_of_thread(own); heap; heap = next_of_thread(heap))
        for (size_t bin = 0; bin < MI_BIN_FULL; bin++)
            for (const mi_page_t *page = heap->pages[bin].first; page; page = page->next)
                if (page->used && !is_huge(page))
                    room += (size_t)(page->capacity - page->used) * block_bytes(page);
    return room;
}

/* What it has from the system. Below 0: its count has gone wrong. */
int64_t ZM_MODULE_SYMBOL(reserved)(void)
{
    return reserved_now();
}
