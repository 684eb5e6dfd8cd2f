/* Making and destroying heaps. The first one puts the layer into the active table, below the
 * process's limit and above all else.
 *
 * A call that was under way in another thread at that moment goes on without the layer, and may:
 * what it gives back is from before the first heap, and what it gives has no mark.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <zmalloc/heap.h>

#include "accounting/heaps/counts.h"
#include "accounting/heaps/marks.h"
#include "accounting/heaps/memory.h"
#include "accounting/heaps/table.h"
#include "backends/wrap/wrap.h"
#include "blocks.h"
#include "heaps.h"
#include "limits.h"
#include "runtime/active.h"
#include "runtime/change.h"
#include "runtime/choice.h"
#include "runtime/layers.h"
#include "runtime/limit.h"
#include "runtime/switch.h"

/* What stands over the front and the switch; its front changes when there is a first heap. */
static struct zm_backend layer;
static const struct zm_backend *under;
static const struct zm_front *without;    /* what stood there when the layer came */
static const struct zm_front *for_others; /* the layer for blocks of any allocator */

/* ---- what a heap needs ---- */

/* Makes these the layer's functions. */
static int stand(const struct zm_front *front)
{
    const struct zm_front *before = layer.front;
    __atomic_store_n(&layer.front, front, __ATOMIC_RELEASE);
    int error = zm_limit_stand_anew();
    if (error)
        __atomic_store_n(&layer.front, before, __ATOMIC_RELEASE);
    return error;
}

static int install(void)
{
    if (without)
        return 0;
    if (!zm_marks_start() || !zm_heap_table_start())
        return -ENOMEM;
    const struct zm_front *below = under->front, *front = zm_heap_layer(below);
    for_others = front;
    const struct zm_heap_front *own = under->heaps;
    zm_heap_mallocs.of_all = zm_heap_malloc;
    if (own && own->front == below && under->ops->alloc_hot && under->ops->find) {
        front = zm_heap_layer_inlined(own);
        zm_heap_mallocs.of_front = own->heap_malloc;
        zm_heap_mallocs.front = front;
    }
    int error = stand(front);
    if (!error)
        without = below; /* last, lest the child of a fork takes half of it for all */
    return error;
}

/* Before the first heap whose blocks are another allocator's: the front below must not be shown
 * one, unless it would know. Whoever frees a block at this moment frees one that is older. */
static int install_for_others(void)
{
    if (under->ops->find_any && under->ops->find_any == under->ops->find)
        return 0;
    return layer.front == for_others ? 0 : stand(for_others);
}

int zm_heaps_stand_anew(void)
{
    const struct zm_backend before = layer;
    if (without)
        return -EBUSY;
    layer.ops = under->ops;
    __atomic_store_n(&layer.front, under->front, __ATOMIC_RELEASE);
    int error = zm_limit_stand_anew();
    if (error)
        layer = before;
    return error;
}

/* *out NULL: its blocks are as plain ones. */
static int find_backend(const char *name, const struct zm_backend **out)
{
    *out = NULL;
    if (!name)
        return 0;
    size_t index = 0;
    while (index < zm_backend_total && strcmp(zm_backends[index]->ops->name, name) != 0)
        index++;
    if (index == zm_backend_total)
        return -ENOENT;
    if (zm_chosen() == zm_backends[index] && !zm_switch_current())
        return 0;
    if (zm_wrap_running()[0] || zm_switch_has_totals_of(zm_backends[index]))
        return -ENOTSUP;
    *out = zm_switch_counted(zm_backends[index]);
    return (*out)->code ? zm_change_start(*out) : -ENOTSUP;
}

static int check(const struct zmalloc_heap_options *options)
{
    if (!options || options->struct_size != sizeof *options || options->reserved ||
        !options->name || !zm_live_is_name(options->name))
        return -EINVAL;
    if (options->hard_limit && options->soft_limit > options->hard_limit)
        return -EINVAL;
    return options->parent && !zm_heap_is_live(options->parent) ? -EINVAL : 0;
}

static void fill_in(zmalloc_heap *heap, const struct zmalloc_heap_options *options,
                    const struct zm_backend *backend, struct zm_part *parts)
{
    uint32_t number = (uint32_t)(heap - zm_heap_table);
    zmalloc_heap *parent = options->parent;
    bool has_limit = options->soft_limit || options->hard_limit;
    memset(heap, 0, sizeof *heap);
    strcpy(heap->told.name, options->name);
    const char *name = backend ? backend->ops->name : zm_running()->ops->name;
    strncpy(heap->told.backend, name, sizeof heap->told.backend - 1);
    heap->told.parent = parent ? parent->number : 0;
    zm_heap_set_limits(heap, options->soft_limit, options->hard_limit);
    heap->told.counts = (uintptr_t)parts;
    heap->told.count_count = ZM_HEAP_PARTS;
    heap->number = number;
    heap->mark = zm_mark_of_heap(number);
    heap->parts = parts;
    heap->parent = parent;
    heap->front = backend ? backend->front : NULL;
    heap->limited_above = parent ? parent->limited : NULL;
    heap->limited = has_limit ? heap : heap->limited_above;
    zm_heap_reclaim_of(heap)->function = options->reclaim;
    zm_heap_reclaim_of(heap)->arg = options->arg;
    if (parent)
        parent->children++;
}

static int create(const struct zmalloc_heap_options *options, zmalloc_heap **out)
{
    const struct zm_backend *backend;
    int error = check(options);
    if (!error)
        error = find_backend(options->backend, &backend);
    if (!error)
        error = install();
    if (!error && backend)
        error = install_for_others();
    if (error)
        return error;
    zmalloc_heap *heap = zm_heap_table_find();
    if (!heap)
        return -ENOSPC;
    struct zm_part *parts = heap->parts;
    if (!parts)
        parts = zm_heap_map(ZM_HEAP_PARTS * sizeof *parts);
    if (!parts)
        return -ENOMEM;
    fill_in(heap, options, backend, parts);
    zm_heap_table_add(heap);
    *out = heap;
    return 0;
}

/* ---- and its end ---- */

static int destroy(zmalloc_heap *heap, size_t *left)
{
    struct zm_heap_sums sums;
    if (!zm_heap_is_live(heap))
        return -EINVAL;
    zm_heap_sums_read(heap, &sums);
    if (left)
        *left = (size_t)(sums.allocated - sums.freed);
    if (heap->children || !zm_heap_is_empty(heap) || atomic_load(&zm_heap_reclaim_of(heap)->inside))
        return -EBUSY;
    zm_heap_table_remove(heap);
    if (heap->parent)
        heap->parent->children--;
    /* They stay mapped, for the report at exit may be reading them, in a signal handler too. */
    zm_heap_empty(heap->parts, ZM_HEAP_PARTS * sizeof *heap->parts);
    return 0;
}

/* ---- start and fork ---- */

static void after_fork_in_child(void)
{
    /* Another thread may have been at it: then nothing that it has done is seen, or all of it. */
    zm_change_after_fork();
    zm_marks_after_fork();
    uint32_t count = zm_heaps_told.count;
    for (uint32_t i = 1; i < count; i++) {
        zm_heap_table[i].children = 0; /* of those that are seen */
        if (zm_heap_is_live(&zm_heap_table[i]))
            zm_reclaim_after_fork(zm_heap_reclaim_of(&zm_heap_table[i]));
    }
    for (uint32_t i = 1; i < count; i++)
        if (zm_heap_is_live(&zm_heap_table[i]) && zm_heap_table[i].parent)
            zm_heap_table[i].parent->children++;
}

static const struct zm_backend *start(const struct zm_backend *below,
                                      const struct zm_backend *allocator)
{
    (void)allocator;
    layer = *below;
    under = below;
    pthread_atfork(NULL, NULL, after_fork_in_child);
    return &layer;
}

const struct zm_layer zm_layer_heaps = {.start = start};

/* ---- the exported names ---- */

zmalloc_heap *zmalloc_heap_create(const struct zmalloc_heap_options *options)
{
    zmalloc_heap *heap = NULL;
    (void)ZM_CALL(usable)(NULL); /* makes the choice, if nothing has yet */
    int saved_errno = errno, error = -ENOTSUP;
    if (zm_chosen() && !zm_change_begin())
        error = -EDEADLK;
    else if (zm_chosen()) {
        error = create(options, &heap);
        zm_change_end();
    }
    errno = error ? -error : saved_errno;
    return heap;
}

int zmalloc_heap_destroy(zmalloc_heap *heap, size_t *left)
{
    if (left)
        *left = 0;
    if (!heap)
        return 0;
    if (!zm_change_begin())
        return -EDEADLK;
    int error = destroy(heap, left);
    zm_change_end();
    return error;
}

int zmalloc_heap_set_limits(zmalloc_heap *heap, uint64_t soft_limit, uint64_t hard_limit)
{
    if (hard_limit && soft_limit > hard_limit)
        return -EINVAL;
    if (!zm_change_begin())
        return -EDEADLK;
    int error = !zm_heap_is_live(heap) ? -EINVAL : heap->limited != heap ? -ENOTSUP : 0;
    if (!error)
        zm_heap_set_limits(heap, soft_limit, hard_limit);
    zm_change_end();
    return error;
}

int64_t zmalloc_heap_free_all(zmalloc_heap *heap)
{
    struct zm_heap_sums sums;
    if (!zm_heap_is_live(heap))
        return -EINVAL;
    zm_heap_sums_read(heap, &sums);
    return (int64_t)zm_heap_free_blocks(heap, sums.allocs - sums.frees);
}

int zmalloc_heap_get_usage(zmalloc_heap *heap, struct zmalloc_heap_usage *out)
{
    struct zm_heap_sums sums;
    if (!zm_heap_is_live(heap) || !out || out->struct_size != sizeof *out)
        return -EINVAL;
    zm_heap_sums_read(heap, &sums);
    out->children = heap->children;
    out->used_bytes = sums.allocated - sums.freed;
    out->peak_bytes = sums.peak;
    out->allocated_bytes = sums.allocated;
    out->freed_bytes = sums.freed;
    out->allocs = sums.allocs;
    out->frees = sums.frees;
    out->soft_limit = ZM_LOAD(heap->told.soft);
    out->hard_limit = ZM_LOAD(heap->told.hard);
    out->reclaims = ZM_LOAD(heap->told.reclaims);
    out->refused = ZM_LOAD(heap->told.refused);
    return 0;
}

const char *zmalloc_heap_name(const zmalloc_heap *heap)
{
    return zm_heap_is_live(heap) ? heap->told.name : NULL;
}
