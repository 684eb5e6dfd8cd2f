/* A heap's blocks are those of its backend with a mark. So whatever gives a block back, or asks
 * about one, looks for the mark first: that is the layer, which leaves new blocks alone.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "blocks.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "counts.h"
#include "limits.h"
#include "marks.h"
#include "runtime/active.h"
#include "runtime/limit.h"
#include "table.h"

static const struct zm_block none = {NULL, 0};
static const struct zm_front *base; /* below the layer */

static inline zmalloc_heap *heap_of(struct zm_marked marked)
{
    return &zm_heap_table[zm_marked_heap(marked)];
}

/* ---- the allocator's functions, of the heap's backend ---- */

/* The process's limit stands over the functions of plain blocks. */
static inline bool has_limit(void)
{
    return ZM_ACTIVE(front.alloc) != base->alloc;
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

static inline size_t usable_of(const zmalloc_heap *heap, const void *ptr)
{
    return heap->front ? heap->front->usable(ptr) : base->usable(ptr);
}

static size_t give_back_beside(const struct zm_front *front, void *ptr)
{
    struct zm_slot *own = zm_beside_begin();
    size_t usable = front->release(ptr);
    zm_beside_end(own);
    return usable;
}

static inline size_t give_back(const zmalloc_heap *heap, void *ptr)
{
    return heap->front ? give_back_beside(heap->front, ptr) : base->release(ptr);
}

static struct zm_block resize_beside(const struct zm_front *front, void *ptr, size_t size,
                                     size_t old)
{
    struct zm_slot *own = zm_beside_begin();
    struct zm_block block = front->resize(ptr, size);
    zm_beside_end(own);
    if (block.usable > old)
        zm_limit_takes(block.usable - old);
    return block;
}

/* ---- blocks ---- */

static inline bool enter(zmalloc_heap *heap, struct zm_block block)
{
    if (ZM_UNLIKELY(!zm_mark(block.ptr, block.usable, heap->number, false))) {
        give_back(heap, block.ptr);
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
        give_back(heap, block.ptr);
        wanted = block.usable;
    }
    return none;
}

struct zm_block zm_heap_alloc(zmalloc_heap *heap, size_t align, size_t size, bool zeroed)
{
    if (ZM_UNLIKELY(!heap || !atomic_load_explicit(&heap->live, memory_order_relaxed))) {
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

static ZM_NOINLINE void *enter_slowly(zmalloc_heap *heap, void *ptr, size_t usable)
{
    if (ptr && enter(heap, (struct zm_block){ptr, usable}))
        return ptr;
    zm_heap_discharge(heap, usable);
    return NULL;
}

static ZM_NOINLINE void *look_at_peak(zmalloc_heap *heap, struct zm_part *part, void *ptr)
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
                    !zm_mark_in(leaf, block.ptr, block.usable, heap->number)))
        return enter_slowly(heap, block.ptr, block.usable);
    struct zm_part *part = &heap->parts[me->index];
    if (nested)
        zm_parts_count_alloc(heap, me, block.usable);
    else if (zm_part_count_alloc(part, block.usable))
        return look_at_peak(heap, part, block.ptr);
    return block.ptr;
}

static inline void *enter_simply(zmalloc_heap *heap, struct zm_block block)
{
    return enter_counted(heap, block, false);
}

static inline bool is_simple(const zmalloc_heap *heap)
{
    return atomic_load_explicit(&heap->simple, memory_order_relaxed);
}

static inline bool is_nested(const zmalloc_heap *heap)
{
    return atomic_load_explicit(&heap->nested, memory_order_relaxed);
}

static inline bool is_bounded(const zmalloc_heap *heap)
{
    return atomic_load_explicit(&heap->bounded, memory_order_relaxed);
}

static inline bool is_plain(const zmalloc_heap *heap)
{
    return atomic_load_explicit(&heap->plain, memory_order_relaxed);
}

static ZM_NOINLINE size_t release_slowly(void *ptr, zmalloc_heap *heap)
{
    size_t usable = give_back(heap, ptr);
    zm_heap_discharge(heap, usable); /* the heap may end once its last block is counted */
    zm_heap_count_free(heap, usable);
    return usable;
}

/* Of a simple heap on another backend, in a thread that has counted beside before. */
static ZM_NOINLINE size_t release_beside(void *ptr, zmalloc_heap *heap)
{
    struct zm_slot *own = zm_me, *beside = zm_beside;
    if (ZM_UNLIKELY(!is_simple(heap) || !heap->front || beside->look_at == 0 ||
                    !zm_heap_has_part(own)))
        return release_slowly(ptr, heap);
    struct zm_part *part = &heap->parts[own->index];
    zm_me = beside;
    size_t usable = heap->front->release(ptr);
    zm_me = own;
    zm_part_count_free(part, usable);
    return usable;
}

static ZM_NOINLINE size_t release_bounded(void *ptr, zmalloc_heap *heap)
{
    const struct zm_slot *me = zm_me;
    if (ZM_UNLIKELY(!zm_heap_has_part(me)))
        return release_slowly(ptr, heap);
    struct zm_part *part = &heap->parts[me->index];
    size_t usable = base->release(ptr);
    zm_heap_discharge_one(heap, usable);
    zm_part_count_free(part, usable);
    return usable;
}

static ZM_NOINLINE size_t release_nested(void *ptr, zmalloc_heap *heap)
{
    const struct zm_slot *me = zm_me;
    if (ZM_UNLIKELY(!zm_heap_has_part(me)))
        return release_slowly(ptr, heap);
    size_t usable = base->release(ptr);
    zm_parts_count_free(heap, me, usable);
    return usable;
}

static ZM_NOINLINE size_t release_otherwise(void *ptr, zmalloc_heap *heap)
{
    if (is_bounded(heap))
        return release_bounded(ptr, heap);
    return is_nested(heap) ? release_nested(ptr, heap) : release_beside(ptr, heap);
}

static inline size_t release(void *ptr, struct zm_marked marked)
{
    zmalloc_heap *heap = heap_of(marked);
    const struct zm_slot *me = zm_me;
    zm_unmark(marked);
    if (ZM_UNLIKELY(!is_plain(heap) || !zm_heap_has_part(me)))
        return release_otherwise(ptr, heap);
    struct zm_part *part = &heap->parts[me->index];
    size_t usable = base->release(ptr);
    zm_part_count_free(part, usable);
    return usable;
}

/* A block that has been resized can't be refused for want of a map. */
static void remark(void *ptr, size_t usable, const zmalloc_heap *heap)
{
    if (zm_mark(ptr, usable, heap->number, true))
        return;
    zm_complain("zmalloc: no memory to note whose a resized block is", (char *)NULL);
    abort();
}

static bool reserve(zmalloc_heap *heap, size_t size)
{
    while (zm_heap_has_room(heap, size))
        if (zm_heap_charge(heap, size))
            return true;
    return false;
}

/* size is not 0. */
static struct zm_block resize(void *ptr, struct zm_marked marked, size_t size)
{
    zmalloc_heap *heap = heap_of(marked);
    size_t old = usable_of(heap, ptr);
    if (size < ZM_MARKS_LEAST)
        size = ZM_MARKS_LEAST;
    size_t charged = size > old ? size - old : 0;
    if (heap->limited && charged && !reserve(heap, charged))
        return none;
    zm_unmark(marked);
    struct zm_block block =
        heap->front ? resize_beside(heap->front, ptr, size, old) : base->resize(ptr, size);
    if (!block.ptr) {
        remark(ptr, old, heap);
        zm_heap_discharge(heap, charged);
        return none;
    }
    remark(block.ptr, block.usable, heap);
    zm_heap_count_free(heap, old);
    zm_heap_count_alloc(heap, block.usable);
    if (block.usable > old + charged)
        zm_heap_charge_anyway(heap, block.usable - old - charged);
    else
        zm_heap_discharge(heap, old + charged - block.usable);
    return block;
}

static void free_block(void *ptr, void *freed)
{
    *(uint64_t *)freed += release(ptr, zm_mark_of(ptr));
}

uint64_t zm_heap_free_blocks(const zmalloc_heap *heap, uint64_t count)
{
    uint64_t freed = 0;
    zm_marks_each(heap->number, count, free_block, &freed);
    return freed;
}

/* ---- the layer ---- */

static struct zm_block resize_or_free(void *ptr, struct zm_marked marked, size_t size)
{
    if (size)
        return resize(ptr, marked, size);
    (void)release(ptr, marked);
    return none;
}

#define ZM_LAYER             heaps
#define ZM_LAYER_FUNCTIONS   ZM_FRONT_FUNCTIONS
#define ZM_LAYER_BELOW       base
#define ZM_LAYER_ENTER_PTR() const struct zm_marked marked = zm_mark_of(ptr)
#define ZM_LAYER_OWNS()      (marked.mark != NULL)
#define ZM_LAYER_RESIZE()    resize_or_free(ptr, marked, size)
#define ZM_LAYER_USABLE()    usable_of(heap_of(marked), ptr)
#define ZM_LAYER_FREE()      release(ptr, marked)
#include "backends/layer_tmpl.h"

#define PASS_ON(RESULT, name, ...) table.name = below->name;
#define KEEP(...)

const struct zm_front *zm_heap_layer(const struct zm_front *below)
{
    static struct zm_front table = {ZM_LAYER_ENTRIES};
    assert(!base || base == below);
    base = below;
    ZM_FRONT_FUNCTIONS(PASS_ON, KEEP, KEEP, KEEP, KEEP)
    return &table;
}

/* ---- the exported names ---- */

static ZM_NOINLINE void *malloc_slowly(zmalloc_heap *heap, size_t size)
{
    return zm_heap_alloc(heap, 0, size, false).ptr;
}

/* From a simple heap on another backend, in a thread that has counted beside before. */
static ZM_NOINLINE void *malloc_beside(zmalloc_heap *heap, size_t size)
{
    struct zm_slot *own = zm_me, *beside = zm_beside;
    if (ZM_UNLIKELY(!is_simple(heap) || !heap->front || has_limit() || beside->look_at == 0))
        return malloc_slowly(heap, size);
    zm_me = beside;
    struct zm_block block = heap->front->alloc(size);
    zm_me = own;
    return enter_simply(heap, block);
}

/* Another thread was quicker, or the block is larger than was wanted. */
static ZM_NOINLINE void *malloc_anew(zmalloc_heap *heap, size_t size, void *given)
{
    give_back(heap, given);
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
        return malloc_anew(heap, size, block.ptr);
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
    if (is_bounded(heap))
        return malloc_bounded(heap, size);
    return is_nested(heap) ? malloc_nested(heap, size) : malloc_beside(heap, size);
}

void *zmalloc_heap_malloc(zmalloc_heap *heap, size_t size)
{
    if (ZM_UNLIKELY(!heap || !is_plain(heap)))
        return malloc_otherwise(heap, size);
    if (size < ZM_MARKS_LEAST)
        size = ZM_MARKS_LEAST;
    return enter_simply(heap, ZM_CALL(alloc)(size));
}

zmalloc_heap *zmalloc_heap_of(const void *ptr)
{
    if (!zm_heap_table)
        return NULL;
    const struct zm_marked marked = zm_mark_of(ptr);
    return marked.mark ? heap_of(marked) : NULL;
}
