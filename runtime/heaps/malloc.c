/* Blocks from a heap: those of its backend, marked and counted.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>

#include "accounting/heaps/counts.h"
#include "accounting/heaps/marks.h"
#include "blocks.h"
#include "limits.h"
#include "runtime/active.h"
#include "runtime/limit.h"

static const struct zm_block none = {NULL, 0};

/* ---- the allocator's functions, of the heap's backend ---- */

/* The process's limit stands over the functions of plain blocks. */
static inline bool has_limit(void)
{
    return ZM_ACTIVE(front.alloc) != zm_heap_base->alloc;
}

/* `align` 0: any block will do. Zeroed is never wanted of an aligned one. */
static inline struct zm_block make_beside(const struct zm_front *front, size_t align, size_t size,
                                          bool zeroed)
{
    bool limited = has_limit();
    if (ZM_UNLIKELY(limited && !zm_limit_admits(size)))
        return zm_block_or_enomem(none);
    struct zm_slot *own = zm_beside_begin();
    struct zm_block block = align    ? front->alloc_aligned(align, size)
                            : zeroed ? front->alloc_zeroed(size)
                                     : front->alloc(size);
    zm_beside_end(own);
    if (ZM_UNLIKELY(limited))
        zm_limit_takes(block.usable);
    return block;
}

static inline struct zm_block make(const zmalloc_heap *heap, size_t align, size_t size, bool zeroed)
{
    if (heap->front)
        return make_beside(heap->front, align, size, zeroed);
    return align    ? ZM_CALL(alloc_aligned)(align, size)
           : zeroed ? ZM_CALL(alloc_zeroed)(size)
                    : ZM_CALL(alloc)(size);
}

/* ---- blocks ---- */

static inline bool enter(zmalloc_heap *heap, struct zm_block block)
{
    if (ZM_UNLIKELY(!zm_mark(block.ptr, block.usable, heap->mark, false))) {
        zm_heap_give_back(heap, block.ptr);
        errno = ENOMEM;
        return false;
    }
    zm_heap_count_alloc(heap, block.usable);
    return true;
}

/* The limits are asked for what is wanted, and charged with what the allocator made of it: if that
 * is too much, or another thread was quicker, they are asked once more for all of it. */
static ZM_NOINLINE struct zm_block alloc_limited(zmalloc_heap *heap, size_t align, size_t size,
                                                 bool zeroed)
{
    for (size_t wanted = size; zm_heap_has_room(heap, wanted);) {
        struct zm_block block = make(heap, align, size, zeroed);
        if (!block.ptr)
            return none;
        if (zm_heap_charge(heap, block.usable)) {
            if (enter(heap, block))
                return block;
            zm_heap_discharge(heap, block.usable);
            return none;
        }
        zm_heap_give_back(heap, block.ptr);
        wanted = block.usable;
    }
    return none;
}

struct zm_block zm_heap_alloc(zmalloc_heap *heap, size_t align, size_t size, bool zeroed)
{
    if (ZM_UNLIKELY(!zm_heap_is_live(heap))) {
        errno = EINVAL;
        return none;
    }
    if (size < ZM_MARKS_LEAST)
        size = ZM_MARKS_LEAST;
    if (ZM_UNLIKELY(heap->limited))
        return alloc_limited(heap, align, size, zeroed);
    struct zm_block block = make(heap, align, size, zeroed);
    return ZM_LIKELY(block.ptr && enter(heap, block)) ? block : none;
}

/* ---- most heaps ----
 *
 * Without a limit and a parent, in a thread that has counted before, and near blocks that are
 * marked: then nothing has to be called but the allocator. */

void *zm_heap_enter(zmalloc_heap *heap, void *ptr, size_t usable)
{
    if (ptr && enter(heap, (struct zm_block){ptr, usable}))
        return ptr;
    zm_heap_discharge(heap, usable);
    return NULL;
}

void *zm_heap_peak(zmalloc_heap *heap, struct zm_part *part, void *ptr)
{
    zm_heap_look_at_peak(heap, part);
    return ptr;
}

/* `nested`, a constant: in a heap that has parents, too. */
static inline void *enter_counted(zmalloc_heap *heap, struct zm_block block, bool nested)
{
    struct zm_marks *leaf = zm_marks_near(block.ptr);
    const struct zm_slot *me = zm_me;
    /* There can be blocks near NULL. */
    if (ZM_UNLIKELY(!leaf || !block.ptr || !zm_heap_has_part(me) ||
                    !zm_mark_in(leaf, block.ptr, block.usable, heap->mark)))
        return zm_heap_enter(heap, block.ptr, block.usable);
    struct zm_part *part = &heap->parts[me->index];
    if (nested)
        zm_parts_count_alloc(heap, me, block.usable);
    else if (zm_part_count_alloc(part, block.usable))
        return zm_heap_peak(heap, part, block.ptr);
    return block.ptr;
}

static inline void *enter_simply(zmalloc_heap *heap, struct zm_block block)
{
    return enter_counted(heap, block, false);
}

static ZM_NOINLINE void *malloc_slowly(zmalloc_heap *heap, size_t size)
{
    return zm_heap_alloc(heap, 0, size, false).ptr;
}

/* From a simple heap on another backend, in a thread that has counted beside before. */
static ZM_NOINLINE void *malloc_beside(zmalloc_heap *heap, size_t size)
{
    struct zm_slot *own = zm_me, *beside = zm_beside;
    if (ZM_UNLIKELY(!zm_heap_is_simple(heap) || !heap->front || has_limit() ||
                    beside->look_at == 0))
        return malloc_slowly(heap, size);
    zm_me = beside;
    struct zm_block block = heap->front->alloc(size);
    zm_me = own;
    return enter_simply(heap, block);
}

/* Another thread was quicker, or the block is larger than was wanted. */
void *zm_heap_malloc_anew(zmalloc_heap *heap, size_t size, void *given)
{
    zm_heap_give_back(heap, given);
    return malloc_slowly(heap, size);
}

/* From a heap that would be plain, but for a limit of its own. */
static ZM_NOINLINE void *malloc_bounded(zmalloc_heap *heap, size_t size)
{
    if (ZM_UNLIKELY(!zm_heap_is_below(heap, size)))
        return malloc_slowly(heap, size);
    struct zm_block block = ZM_CALL(alloc)(size);
    if (ZM_UNLIKELY(!block.ptr))
        return NULL;
    if (ZM_UNLIKELY(!zm_heap_charge_one(heap, block.usable)))
        return zm_heap_malloc_anew(heap, size, block.ptr);
    return enter_simply(heap, block);
}

static ZM_NOINLINE void *malloc_nested(zmalloc_heap *heap, size_t size)
{
    return enter_counted(heap, ZM_CALL(alloc)(size), true);
}

static ZM_NOINLINE void *malloc_otherwise(zmalloc_heap *heap, size_t size)
{
    if (size < ZM_MARKS_LEAST)
        size = ZM_MARKS_LEAST;
    if (ZM_UNLIKELY(!heap))
        return malloc_slowly(heap, size);
    if (zm_heap_is_bounded(heap))
        return malloc_bounded(heap, size);
    return zm_heap_is_nested(heap) ? malloc_nested(heap, size) : malloc_beside(heap, size);
}

void *zm_heap_malloc(zmalloc_heap *heap, size_t size)
{
    if (ZM_UNLIKELY(!heap || !zm_heap_plain_parts(heap)))
        return malloc_otherwise(heap, size);
    if (size < ZM_MARKS_LEAST)
        size = ZM_MARKS_LEAST;
    return enter_simply(heap, ZM_CALL(alloc)(size));
}

void *zmalloc_heap_malloc(zmalloc_heap *heap, size_t size)
{
    return ZM_ACTIVE(heap_malloc)(heap, size);
}
