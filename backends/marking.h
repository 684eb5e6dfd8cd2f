/* The front of a backend in a process that has heaps: what is given from a heap is marked and
 * counted there, and what is given back is looked up. front_tmpl.h includes this for every module.
 *
 * There every block is the backend's own, or it can tell that one is not (find_any), and then that
 * is its find.
 *
 * The allocator's own lookup comes first, for it tells the block's usable bytes: then the mark is
 * looked for in one map and not in three, and nothing is found out twice. All that is not a plain
 * heap's, or can't be done without a call, is left to the layer of heaps, with nothing done.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "accounting/heaps/counts.h"
#include "accounting/heaps/limits.h"
#include "accounting/heaps/marks.h"
#include "accounting/heaps/table.h"
#include "heaps.h"

/* What is known of a heap; a constant in every call. NESTED has parents, but no limits; BOUNDED a
 * limit of its own, but no parents. */
enum marking_kind { PLAIN, NESTED, BOUNDED };

/* At the end of a batch of the process's. */
static ZM_NOINLINE void *marking_counted(zmalloc_heap *heap, size_t size, struct zm_block b)
{
    b.ptr = zm_count_alloc(b.ptr, b.usable);
    if (zm_heap_is_bounded(heap) && !zm_heap_charge_one(heap, b.usable))
        return zm_heap_rest.anew(heap, size, b.ptr);
    return zm_heap_rest.enter(heap, b.ptr, b.usable);
}

ZM_INLINE void *marking_malloc(zmalloc_heap *heap, struct zm_part *parts, size_t size,
                               enum marking_kind kind)
{
    if (size < ZM_MARKS_LEAST)
        size = ZM_MARKS_LEAST;
    if (!ZM_OPS.alloc_hot || (kind == BOUNDED && ZM_UNLIKELY(!zm_heap_is_below(heap, size))))
        return zm_heap_rest.heap_malloc(heap, size);
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
    else if (ZM_OPS.alloc_pauses)
        zm_count_alloc_hot(me, b.usable);
    else if (ZM_UNLIKELY(!zm_count_alloc_below(me, b.usable)))
        return marking_counted(heap, size, b);
    if (kind == BOUNDED && ZM_UNLIKELY(!zm_heap_charge_one(heap, b.usable)))
        return zm_heap_rest.anew(heap, size, b.ptr);
    struct zm_marks *leaf = zm_marks_near_block(b.ptr);
    uint32_t index = me->index;
    if (ZM_UNLIKELY(!leaf || index >= ZM_HEAP_PARTS ||
                    !zm_mark_in(leaf, b.ptr, b.usable, heap->mark)))
        return zm_heap_rest.enter(heap, b.ptr, b.usable);
    struct zm_part *part = &parts[index];
    if (kind == NESTED)
        zm_parts_count_alloc(heap, me, b.usable);
    else if (zm_part_count_alloc(part, b.usable))
        return zm_heap_rest.peak(heap, part, b.ptr);
    return b.ptr;
}

static ZM_NOINLINE void *marking_malloc_nested(zmalloc_heap *heap, size_t size)
{
    return marking_malloc(heap, heap->parts, size, NESTED);
}

static ZM_NOINLINE void *marking_malloc_bounded(zmalloc_heap *heap, size_t size)
{
    return marking_malloc(heap, heap->parts, size, BOUNDED);
}

static void *marking_heap_malloc(zmalloc_heap *heap, size_t size)
{
    struct zm_part *parts = heap ? zm_heap_plain_parts(heap) : NULL;
    if (ZM_LIKELY(parts))
        return marking_malloc(heap, parts, size, PLAIN);
    if (heap && zm_heap_is_nested(heap))
        return marking_malloc_nested(heap, size);
    if (heap && zm_heap_is_bounded(heap))
        return marking_malloc_bounded(heap, size);
    return zm_heap_rest.heap_malloc(heap, size);
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

/* The heap may end once its last block is counted. */
ZM_INLINE void marking_count_free(zmalloc_heap *heap, struct zm_part *part, size_t usable,
                                  enum marking_kind kind)
{
    if (kind == BOUNDED)
        zm_heap_discharge_one(heap, usable);
    if (kind == NESTED)
        zm_parts_count_free(heap, zm_me, usable);
    else
        zm_part_count_free(part, usable);
}

/* The mark is gone by now. Two functions, so that the compiler need not keep the heap for the
 * first. */
static ZM_NOINLINE void marking_free_slowly(void *ptr, struct zm_part *part, size_t usable)
{
    slow_zfree(ptr);
    zm_part_count_free(part, usable);
}

static ZM_NOINLINE void marking_free_slowly_in(zmalloc_heap *heap, void *ptr, size_t usable)
{
    slow_zfree(ptr);
    if (heap->limited)
        zm_heap_discharge_one(heap, usable);
    zm_heap_count_free(heap, usable);
}

/* Takes the block, if that is as simple as in most threads; else nothing is done. */
ZM_INLINE bool marking_free(void *ptr, struct zm_found found, struct zm_marked marked,
                            zmalloc_heap *heap, struct zm_part *parts, enum marking_kind kind)
{
    struct zm_slot *me = zm_me;
    uint32_t index = me->index;
    if (ZM_UNLIKELY(!parts || index >= ZM_HEAP_PARTS ||
                    !(ZM_OPS.totals ? zm_front_may_take(&ZM_OPS, me)
                                    : zm_count_free_hot(found.usable, ZM_OPS.find_passes))))
        return false;
    struct zm_part *part = &parts[index];
    zm_unmark(marked);
    if (!ZM_OPS.totals) {
        marking_count_free(heap, part, found.usable, kind);
        ZM_OPS.release_found(ptr, found);
    } else if (ZM_LIKELY(ZM_OPS.take_found(ptr, found))) {
        zm_count_native_free_hot(zm_me);
        marking_count_free(heap, part, found.usable, kind);
    } else if (kind == PLAIN) {
        marking_free_slowly(ptr, part, found.usable);
    } else {
        marking_free_slowly_in(heap, ptr, found.usable);
    }
    return true;
}

static ZM_NOINLINE void marking_free_otherwise(void *ptr, struct zm_found found,
                                               struct zm_marked marked)
{
    zmalloc_heap *heap = &zm_heap_table[zm_marked_heap(marked)];
    if (ZM_OPS.totals)
        found = ZM_OPS.find(ptr); /* once more, for there the registers are all in use */
    bool done = false;
    if (zm_heap_is_nested(heap))
        done = marking_free(ptr, found, marked, heap, heap->parts, NESTED);
    else if (zm_heap_is_bounded(heap))
        done = marking_free(ptr, found, marked, heap, heap->parts, BOUNDED);
    if (!done)
        zm_heap_rest.free_marked(ptr, marked);
}

ZM_INLINE void marking_free_marked(void *ptr, struct zm_found found, struct zm_marked marked)
{
    zmalloc_heap *heap = &zm_heap_table[zm_marked_heap(marked)];
    if (!marking_free(ptr, found, marked, heap, zm_heap_plain_parts(heap), PLAIN))
        marking_free_otherwise(ptr, found, marked);
}

static void marking_zfree(void *ptr)
{
    struct zm_found found = ZM_OPS.find(ptr);
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
