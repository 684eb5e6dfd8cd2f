/* A heap's blocks are those of its backend with a mark. So whatever gives a block back, or asks
 * about one, looks for the mark first: that is the layer, which leaves new blocks alone.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "blocks.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "accounting/heaps/counts.h"
#include "accounting/heaps/marks.h"
#include "accounting/heaps/table.h"
#include "limits.h"
#include "runtime/limit.h"

static const struct zm_block none = {NULL, 0};
const struct zm_front *zm_heap_base;

static inline zmalloc_heap *heap_of(struct zm_marked marked)
{
    return &zm_heap_table[zm_marked_heap(marked)];
}

/* ---- the allocator's functions, of the heap's backend ---- */

static inline size_t usable_of(const zmalloc_heap *heap, const void *ptr)
{
    return heap->front ? heap->front->usable(ptr) : zm_heap_base->usable(ptr);
}

static size_t give_back_beside(const struct zm_front *front, void *ptr)
{
    struct zm_slot *own = zm_beside_begin();
    size_t usable = front->release(ptr);
    zm_beside_end(own);
    return usable;
}

size_t zm_heap_give_back(const zmalloc_heap *heap, void *ptr)
{
    return heap->front ? give_back_beside(heap->front, ptr) : zm_heap_base->release(ptr);
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

/* ---- giving back ---- */

static ZM_NOINLINE size_t release_slowly(void *ptr, zmalloc_heap *heap)
{
    size_t usable = zm_heap_give_back(heap, ptr);
    zm_heap_discharge(heap, usable); /* the heap may end once its last block is counted */
    zm_heap_count_free(heap, usable);
    return usable;
}

/* Of a simple heap on another backend, in a thread that has counted beside before. */
static ZM_NOINLINE size_t release_beside(void *ptr, zmalloc_heap *heap)
{
    struct zm_slot *own = zm_me, *beside = zm_beside;
    if (ZM_UNLIKELY(!zm_heap_is_simple(heap) || !heap->front || beside->look_at == 0 ||
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
    size_t usable = zm_heap_base->release(ptr);
    zm_heap_discharge_one(heap, usable);
    zm_part_count_free(part, usable);
    return usable;
}

static ZM_NOINLINE size_t release_nested(void *ptr, zmalloc_heap *heap)
{
    const struct zm_slot *me = zm_me;
    if (ZM_UNLIKELY(!zm_heap_has_part(me)))
        return release_slowly(ptr, heap);
    size_t usable = zm_heap_base->release(ptr);
    zm_parts_count_free(heap, me, usable);
    return usable;
}

static ZM_NOINLINE size_t release_otherwise(void *ptr, zmalloc_heap *heap)
{
    if (zm_heap_is_bounded(heap))
        return release_bounded(ptr, heap);
    return zm_heap_is_nested(heap) ? release_nested(ptr, heap) : release_beside(ptr, heap);
}

static inline size_t release(void *ptr, struct zm_marked marked)
{
    zmalloc_heap *heap = heap_of(marked);
    const struct zm_slot *me = zm_me;
    zm_unmark(marked);
    if (ZM_UNLIKELY(!zm_heap_plain_parts(heap) || !zm_heap_has_part(me)))
        return release_otherwise(ptr, heap);
    struct zm_part *part = &heap->parts[me->index];
    size_t usable = zm_heap_base->release(ptr);
    zm_part_count_free(part, usable);
    return usable;
}

/* A block that has been resized can't be refused for want of a map. */
static void remark(void *ptr, size_t usable, const zmalloc_heap *heap)
{
    if (!zm_mark(ptr, usable, heap->mark, true))
        zm_no_note();
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
        heap->front ? resize_beside(heap->front, ptr, size, old) : zm_heap_base->resize(ptr, size);
    if (!block.ptr) {
        remark(ptr, old, heap);
        zm_heap_discharge(heap, charged);
        return none;
    }
    remark(block.ptr, block.usable, heap);
    zm_heap_count_resize(heap, old, block.usable);
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
    zm_marks_each(heap->mark, count, free_block, &freed);
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
#define ZM_LAYER_BELOW       zm_heap_base
#define ZM_LAYER_ENTER_PTR() const struct zm_marked marked = zm_mark_of(ptr)
#define ZM_LAYER_OWNS()      (marked.mark != NULL)
#define ZM_LAYER_RESIZE()    resize_or_free(ptr, marked, size)
#define ZM_LAYER_USABLE()    usable_of(heap_of(marked), ptr)
#define ZM_LAYER_FREE()      release(ptr, marked)
#include "backends/layer_tmpl.h"

#define PASS_ON(RESULT, name, ...) table.name = below->name;
#define KEEP(...)

static struct zm_front table = {ZM_LAYER_ENTRIES};

const struct zm_front *zm_heap_layer(const struct zm_front *below)
{
    assert(!zm_heap_base || zm_heap_base == below);
    zm_heap_base = below;
    ZM_FRONT_FUNCTIONS(PASS_ON, KEEP, KEEP, KEEP, KEEP)
    return &table;
}

static void free_marked(void *ptr, struct zm_marked marked)
{
    (void)release(ptr, marked);
}

const struct zm_front *zm_heap_layer_inlined(const struct zm_heap_front *own)
{
    static struct zm_front inlined;
    assert(own->front == zm_heap_base);
    zm_heap_rest = (struct zm_heap_rest){.heap_malloc = zm_heap_malloc,
                                         .enter = zm_heap_enter,
                                         .peak = zm_heap_peak,
                                         .anew = zm_heap_malloc_anew,
                                         .zfree = table.zfree,
                                         .free_marked = free_marked};
    inlined = table;
    inlined.zfree = own->zfree;
    inlined.zfree_with_size = own->zfree_with_size;
    inlined.free_sized = own->free_sized;
    return &inlined;
}

zmalloc_heap *zmalloc_heap_of(const void *ptr)
{
    if (!zm_heap_table)
        return NULL;
    const struct zm_marked marked = zm_mark_of(ptr);
    return marked.mark ? heap_of(marked) : NULL;
}
