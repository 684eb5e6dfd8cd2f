/* For an allocator that does not tell usable sizes: every block carries a header of ours that does.
 *
 * The header keeps max_align_t alignment. For aligned blocks it also says where the allocator's
 * block begins.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_BACKENDS_PREFIX_H
#define ZM_BACKENDS_PREFIX_H

#include <stdint.h>
#include <string.h>

#include "backend.h"
#include "base/libc_real.h"

struct zm_prefix {
    size_t usable;
    size_t offset; /* from the allocator's block to ours */
};

#define ZM_PREFIX \
    ((sizeof(struct zm_prefix) + _Alignof(max_align_t) - 1) & ~(_Alignof(max_align_t) - 1))

static inline struct zm_prefix *zm_prefix_of(const void *ptr)
{
    return (struct zm_prefix *)((char *)ptr - sizeof(struct zm_prefix));
}

static inline struct zm_block zm_prefix_write(char *base, size_t offset, size_t size)
{
    if (!base)
        return (struct zm_block){NULL, 0};
    *zm_prefix_of(base + offset) = (struct zm_prefix){.usable = size, .offset = offset};
    return (struct zm_block){base + offset, size};
}

/* The bytes to ask the allocator for; 0 if there is no such number. A block of 0 bytes gets 1. */
static inline size_t zm_prefix_total(size_t extra, size_t *size)
{
    *size += *size == 0;
    return *size <= PTRDIFF_MAX - extra ? *size + extra : 0;
}

static inline struct zm_block zm_prefix_alloc(const struct zm_libc *real, size_t size)
{
    size_t total = zm_prefix_total(ZM_PREFIX, &size);
    return zm_prefix_write(total ? real->malloc(total) : NULL, ZM_PREFIX, size);
}

static inline struct zm_block zm_prefix_zeroed(const struct zm_libc *real, size_t size)
{
    size_t total = zm_prefix_total(ZM_PREFIX, &size);
    return zm_prefix_write(total ? real->calloc(1, total) : NULL, ZM_PREFIX, size);
}

static inline struct zm_block zm_prefix_aligned(const struct zm_libc *real, size_t align,
                                                size_t size)
{
    void *base = NULL;
    size_t offset = align > ZM_PREFIX ? align : ZM_PREFIX;
    if (align > PTRDIFF_MAX / 2)
        return (struct zm_block){NULL, 0};
    size_t total = zm_prefix_total(offset, &size);
    if (!total || real->posix_memalign(&base, offset, total) != 0)
        return (struct zm_block){NULL, 0};
    return zm_prefix_write(base, offset, size);
}

static inline size_t zm_prefix_usable(const void *ptr)
{
    return zm_prefix_of(ptr)->usable;
}

static inline size_t zm_prefix_release(const struct zm_libc *real, void *ptr)
{
    size_t old = zm_prefix_usable(ptr);
    real->free((char *)ptr - zm_prefix_of(ptr)->offset);
    return old;
}

static inline struct zm_block zm_prefix_resize(const struct zm_libc *real, void *ptr, size_t size,
                                               size_t *old)
{
    *old = zm_prefix_usable(ptr);
    if (zm_prefix_of(ptr)->offset == ZM_PREFIX) {
        size_t total = zm_prefix_total(ZM_PREFIX, &size);
        return zm_prefix_write(total ? real->realloc((char *)ptr - ZM_PREFIX, total) : NULL,
                               ZM_PREFIX, size);
    }
    struct zm_block moved = zm_prefix_alloc(real, size); /* realloc would not keep the distance */
    if (moved.ptr) {
        memcpy(moved.ptr, ptr, *old < size ? *old : size);
        zm_prefix_release(real, ptr);
    }
    return moved;
}

#endif
