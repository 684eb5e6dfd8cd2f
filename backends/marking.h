/* The front of a backend in a process that has heaps: what is given from a heap is marked and
 * counted there, and what is given back is looked up. front_tmpl.h includes this for every module.
 *
 * The allocator's own lookup comes first, for it tells the block's usable bytes: then the mark is
 * looked for in one map and not in three, and nothing is found out twice. All that is not a plain
 * heap's, or can't be done without a call, is left to the layer of heaps, with nothing done.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "accounting/heaps/counts.h"
#include "accounting/heaps/marks.h"
#include "accounting/heaps/table.h"
#include "heaps.h"

static ZM_NOINLINE void *marking_counted(zmalloc_heap *heap, void *ptr, size_t usable)
{
    return zm_heap_rest.enter(heap, zm_count_alloc(ptr, usable), usable);
}

static void *marking_heap_malloc(zmalloc_heap *heap, size_t size)
{
    struct zm_part *parts = heap ? zm_heap_plain_parts(heap) : NULL;
    if (ZM_UNLIKELY(!ZM_OPS.alloc_hot || !parts))
        return zm_heap_rest.heap_malloc(heap, size);
    if (size < ZM_MARKS_LEAST)
        size = ZM_MARKS_LEAST;
    struct zm_slot *me = ZM_OPS.alloc_passes ? zm_me : NULL; /* or it is loaded twice */
    struct zm_block b = ZM_OPS.alloc_hot(size, false);
    if (ZM_UNLIKELY(!b.ptr))
        return zm_heap_rest.heap_malloc(heap, size);
    assert(b.usable == ZM_OPS.usable(b.ptr));
    ZM_ASSERT_ROOM(b, size);
    if (!ZM_OPS.alloc_passes)
        me = zm_me;
    if (ZM_OPS.totals)
        zm_count_native_alloc_hot(me);
    else if (ZM_UNLIKELY(!zm_count_alloc_hot(me, b.usable)))
        return marking_counted(heap, b.ptr, b.usable);
    struct zm_marks *leaf = zm_marks_near_block(b.ptr);
    uint32_t index = me->index;
    if (ZM_UNLIKELY(!leaf || index >= ZM_HEAP_PARTS ||
                    !zm_mark_in(leaf, b.ptr, b.usable, heap->mark)))
        return zm_heap_rest.enter(heap, b.ptr, b.usable);
    struct zm_part *part = &parts[index];
    return zm_part_count_alloc(part, b.usable) ? zm_heap_rest.peak(heap, part, b.ptr) : b.ptr;
}

/* The mark is gone by now. */
static ZM_NOINLINE void marking_free_slowly(void *ptr, struct zm_part *part, size_t usable)
{
    slow_zfree(ptr);
    zm_part_count_free(part, usable);
}

ZM_INLINE void marking_free_plain(void *ptr, struct zm_found found)
{
    if (!ZM_OPS.totals) {
        if (!zm_front_free_found(&ZM_OPS, ptr, found))
            slow_zfree(ptr);
        return;
    }
    struct zm_slot *me = zm_me;
    if (ZM_UNLIKELY(!zm_front_may_take(&ZM_OPS, me) || !ZM_OPS.take_found(ptr, found)))
        slow_zfree(ptr);
    else
        zm_count_native_free_hot(me);
}

ZM_INLINE void marking_free_marked(void *ptr, struct zm_found found, struct zm_marked marked)
{
    zmalloc_heap *heap = &zm_heap_table[zm_marked_heap(marked)];
    struct zm_part *parts = zm_heap_plain_parts(heap);
    struct zm_slot *me = zm_me;
    uint32_t index = me->index;
    if (ZM_UNLIKELY(!parts || index >= ZM_HEAP_PARTS ||
                    !(ZM_OPS.totals ? zm_front_may_take(&ZM_OPS, me)
                                    : zm_count_free_hot(found.usable, ZM_OPS.find_passes)))) {
        zm_heap_rest.zfree(ptr);
        return;
    }
    struct zm_part *part = &parts[index];
    zm_unmark(marked);
    if (!ZM_OPS.totals) {
        zm_part_count_free(part, found.usable);
        ZM_OPS.release_found(ptr, found);
    } else if (ZM_UNLIKELY(!ZM_OPS.take_found(ptr, found))) {
        marking_free_slowly(ptr, part, found.usable);
    } else {
        zm_count_native_free_hot(zm_me);
        zm_part_count_free(part, found.usable);
    }
}

static void marking_zfree(void *ptr)
{
    struct zm_found found = ZM_OPS.find ? ZM_OPS.find(ptr) : (struct zm_found){NULL, 0};
    if (ZM_UNLIKELY(!found.usable)) {
        zm_heap_rest.zfree(ptr);
        return;
    }
    assert(found.usable == ZM_OPS.usable(ptr));
    struct zm_marked marked = zm_mark_of_sized(ptr, found.usable);
    if (!marked.mark)
        marking_free_plain(ptr, found);
    else
        marking_free_marked(ptr, found, marked);
}

/* A heap's block may have more usable bytes than one of this size has elsewhere. */
static void marking_free_sized(void *ptr, size_t size)
{
    (void)size;
    marking_zfree(ptr);
}

static const struct zm_heap_front marking = {
    .front = &front,
    .heap_malloc = marking_heap_malloc,
    .zfree = marking_zfree,
    .zfree_with_size = marking_free_sized,
    .free_sized = marking_free_sized,
};
