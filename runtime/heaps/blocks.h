/* A heap's blocks, and the layer that knows them again.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_RUNTIME_HEAPS_BLOCKS_H
#define ZM_RUNTIME_HEAPS_BLOCKS_H

#include "accounting/heaps/heap.h"
#include "backends/front.h"
#include "backends/heaps.h"

/* Below the layer; NULL: there was no heap yet. */
extern ZM_HIDDEN const struct zm_front *zm_heap_base;

/* The layer's table over `below`, whose functions for new blocks are in it as they are. There is
 * one, for good. */
const struct zm_front *zm_heap_layer(const struct zm_front *below);

/* The same with those functions of below's that are made for heaps: where all blocks are its own.
 */
const struct zm_front *zm_heap_layer_inlined(const struct zm_heap_front *own);

/* zmalloc_heap_malloc, if nothing better is known. */
void *zm_heap_malloc(zmalloc_heap *heap, size_t size);

/* For zm_heap_rest. */
void *zm_heap_enter(zmalloc_heap *heap, void *ptr, size_t usable);
void *zm_heap_peak(zmalloc_heap *heap, struct zm_part *part, void *ptr);
void *zm_heap_malloc_anew(zmalloc_heap *heap, size_t size, void *ptr);

/* A block of the heap, zeroed or aligned; `align` 0: any will do, and only then may it be zeroed.
 * Or none, with errno: the heap may be NULL, too. */
struct zm_block zm_heap_alloc(zmalloc_heap *heap, size_t align, size_t size, bool zeroed);

/* A block without a mark, to the heap's backend. Returns its usable bytes. */
size_t zm_heap_give_back(const zmalloc_heap *heap, void *ptr);

/* Frees the heap's blocks, of which there are `count`, and returns their bytes. */
uint64_t zm_heap_free_blocks(const zmalloc_heap *heap, uint64_t count);

#endif
