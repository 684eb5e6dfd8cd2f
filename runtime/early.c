/* The early arena: a bump allocator for the few calls, if any, that come from inside the choice.
 *
 * Its blocks are not accounted (there is no account yet) and never reused. If there are any, the
 * running backend's functions that take a pointer are wrapped so that they recognise them.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "early.h"

#include <stdint.h>
#include <string.h>

/* Loading a library takes the most: libstdc++ alone wants 72 KB. Untouched pages cost nothing. */
#define ARENA_SIZE (1 << 20)
#define HEADER     16

static _Alignas(4096) char arena[ARENA_SIZE];
static size_t arena_used;
static const struct zm_front *below; /* the backend's own functions */

static bool is_early(const void *ptr)
{
    return (uintptr_t)ptr - (uintptr_t)arena < ARENA_SIZE;
}

static size_t early_size(const void *ptr)
{
    size_t size;
    memcpy(&size, (const char *)ptr - HEADER, sizeof size);
    return size;
}

static struct zm_block early_aligned(size_t align, size_t size)
{
    if (align < HEADER)
        align = HEADER;
    size_t start = (arena_used + HEADER + align - 1) & ~(align - 1);
    if (align > sizeof arena || start > ARENA_SIZE || size > ARENA_SIZE - start)
        return (struct zm_block){NULL, 0};
    size = size ? (size + HEADER - 1) & ~(size_t)(HEADER - 1) : HEADER;
    if (size > ARENA_SIZE - start)
        return (struct zm_block){NULL, 0};
    memcpy(arena + start - HEADER, &size, sizeof size);
    arena_used = start + size;
    return (struct zm_block){arena + start, size};
}

static struct zm_block early_alloc(size_t size)
{
    return zm_block_or_enomem(early_aligned(HEADER, size));
}

static struct zm_block early_alloc_aligned(size_t align, size_t size)
{
    return zm_block_or_enomem(early_aligned(align, size));
}

static void *early_malloc(size_t size)
{
    return early_alloc(size).ptr;
}

static void *early_zmalloc(size_t size)
{
    ZM_OR(early_malloc(size), zm_oom(size));
}

static void *early_calloc(size_t num, size_t size)
{
    size_t bytes;
    return __builtin_mul_overflow(num, size, &bytes) ? zm_enomem() : early_malloc(bytes);
}

static void *early_memalign(size_t align, size_t size)
{
    return early_alloc_aligned(align, size).ptr;
}

/* Early blocks are only ever left: they move when they are resized. Later blocks come from `below`.
 */
static struct zm_block move_out(void *ptr, size_t size)
{
    struct zm_block fresh = below ? below->alloc(size) : early_alloc(size);
    if (fresh.ptr && ptr) {
        size_t old = early_size(ptr);
        memcpy(fresh.ptr, ptr, old < size ? old : size);
    }
    return fresh;
}

static struct zm_block early_resize(void *ptr, size_t size)
{
    return ptr && !is_early(ptr) ? below->resize(ptr, size) : move_out(ptr, size);
}

static void *early_realloc(void *ptr, size_t size)
{
    if (ptr && !is_early(ptr))
        return below->realloc(ptr, size);
    return ptr && size == 0 ? NULL : move_out(ptr, size).ptr;
}

static void *early_zrealloc(void *ptr, size_t size)
{
    if (ptr && !is_early(ptr))
        return below->zrealloc(ptr, size);
    if (ptr && size == 0)
        return NULL;
    ZM_OR(move_out(ptr, size).ptr, zm_oom(size));
}

static void early_free(void *ptr)
{
    if (ptr && !is_early(ptr))
        below->zfree(ptr);
}

static void early_zfree_with_size(void *ptr, size_t size)
{
    if (ptr && !is_early(ptr))
        below->zfree_with_size(ptr, size);
}

static void early_free_sized(void *ptr, size_t size)
{
    if (ptr && !is_early(ptr))
        below->free_sized(ptr, size);
}

static size_t early_usable(const void *ptr)
{
    if (!ptr)
        return 0;
    return is_early(ptr) ? early_size(ptr) : below->usable(ptr);
}

static size_t early_release(void *ptr)
{
    return ptr && !is_early(ptr) ? below->release(ptr) : early_usable(ptr);
}

static struct zm_front early = {
    .zmalloc = early_zmalloc,
    .ztrymalloc = early_malloc,
    .zcalloc = early_zmalloc, /* the arena is zero, and its blocks are used once */
    .zrealloc = early_zrealloc,
    .zfree = early_free,
    .zfree_with_size = early_zfree_with_size,
    .malloc = early_malloc,
    .calloc = early_calloc,
    .realloc = early_realloc,
    .memalign = early_memalign,
    .free_sized = early_free_sized,
    .alloc = early_alloc,
    .alloc_zeroed = early_alloc,
    .alloc_aligned = early_alloc_aligned,
    .resize = early_resize,
    .release = early_release,
    .usable = early_usable,
};

const struct zm_front *zm_early(void)
{
    return &early;
}

const struct zm_front *zm_early_front(const struct zm_front *front)
{
    if (arena_used == 0)
        return front;
    below = front;
    early.zmalloc = front->zmalloc;
    early.ztrymalloc = front->ztrymalloc;
    early.zcalloc = front->zcalloc;
    early.malloc = front->malloc;
    early.calloc = front->calloc;
    early.memalign = front->memalign;
    early.alloc = front->alloc;
    early.alloc_zeroed = front->alloc_zeroed;
    early.alloc_aligned = front->alloc_aligned;
    return &early;
}
