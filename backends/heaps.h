/* Heaps of the program's own, as a backend's front has them: in a process with heaps the functions
 * that most blocks go through also mark and count a heap's (marking.h), where nothing stands
 * between the front and the layer of heaps, and every block is the backend's own.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_BACKENDS_HEAPS_H
#define ZM_BACKENDS_HEAPS_H

#include <stddef.h>
#include <zmalloc/heap.h>

#include "accounting/heaps/heap.h"
#include "accounting/heaps/marks.h"

ZMALLOC_BEGIN

struct zm_front;

/* These stand in place of the layer's own functions. */
struct zm_heap_front {
    const struct zm_front *front; /* the one that they belong to */
    void *(*heap_malloc)(zmalloc_heap *heap, size_t size);
    void (*zfree)(void *ptr);
    void (*zfree_with_size)(void *ptr, size_t size);
    void (*free_sized)(void *ptr, size_t size);
};

/* What they leave to the layer: whatever is rare, or of another heap than a plain one. Written
 * once, before the functions above are in use. */
struct zm_heap_rest {
    void *(*heap_malloc)(zmalloc_heap *heap, size_t size);
    /* Marks a new block that is counted as the process's alone, and counts it as the heap's.
     * Without memory for that it gives the block back, and returns NULL with errno. */
    void *(*enter)(zmalloc_heap *heap, void *ptr, size_t usable);
    /* For a block that is marked and counted, which it returns: looks at the heap's peak. */
    void *(*peak)(zmalloc_heap *heap, struct zm_part *part, void *ptr);
    /* Gives a block back that is counted as the process's alone, for which the heap's limit has no
     * room, and tries once more from the beginning. */
    void *(*anew)(zmalloc_heap *heap, size_t size, void *ptr);
    void (*zfree)(void *ptr); /* asks whose the block is */
    void (*free_marked)(void *ptr, struct zm_marked marked);
};
extern ZM_HIDDEN struct zm_heap_rest zm_heap_rest;

ZMALLOC_END

#endif
