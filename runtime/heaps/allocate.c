/* Allocating from a heap in all ways but the commonest, which is in blocks.c.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <string.h>

#include "blocks.h"
#include "runtime/active.h"

void *zmalloc_heap_calloc(zmalloc_heap *heap, size_t num, size_t size)
{
    return zm_heap_alloc(heap, 0, zm_product(num, size), true).ptr;
}

void *zmalloc_heap_aligned_alloc(zmalloc_heap *heap, size_t align, size_t size)
{
    if (align == 0 || (align & (align - 1))) {
        errno = EINVAL;
        return NULL;
    }
    return zm_heap_alloc(heap, align, size, false).ptr;
}

char *zmalloc_heap_strdup(zmalloc_heap *heap, const char *str)
{
    size_t length = strlen(str) + 1;
    char *copy = zm_heap_alloc(heap, 0, length, false).ptr;
    return copy ? memcpy(copy, str, length) : NULL;
}

static void *move(zmalloc_heap *heap, void *ptr, size_t size)
{
    size_t old = ZM_CALL(usable)(ptr);
    void *moved = zm_heap_alloc(heap, 0, size, false).ptr;
    if (moved) {
        memcpy(moved, ptr, old < size ? old : size);
        ZM_CALL(zfree)(ptr);
    }
    return moved;
}

void *zmalloc_heap_realloc(zmalloc_heap *heap, void *ptr, size_t size)
{
    if (!ptr)
        return zmalloc_heap_malloc(heap, size);
    if (!zm_heap_is_live(heap)) {
        errno = EINVAL;
        return NULL;
    }
    if (size == 0) {
        ZM_CALL(zfree)(ptr);
        return NULL;
    }
    if (zmalloc_heap_of(ptr) != heap)
        return move(heap, ptr, size);
    return ZM_CALL(resize)(ptr, size).ptr;
}
