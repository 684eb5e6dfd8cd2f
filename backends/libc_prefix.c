/* libc without malloc_usable_size: every block carries a header of ours that knows its size.
 *
 * The header keeps max_align_t alignment. For aligned blocks it also says where libc's block
 * begins.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "accounting/front.h"
#include "backend.h"
#include "libc_real.h"

struct header {
    size_t usable;
    size_t offset; /* from libc's block to ours */
};

#define HEADER ((sizeof(struct header) + _Alignof(max_align_t) - 1) & ~(_Alignof(max_align_t) - 1))

static struct zm_libc real;

static const char *version(void)
{
    return "system";
}

static int init(void)
{
    const struct zm_libc *found = zm_libc_real();
    if (!found)
        return -ENOSYS;
    real = *found;
    return 0;
}

static inline struct header *header_of(const void *ptr)
{
    return (struct header *)((char *)ptr - sizeof(struct header));
}

static struct zm_block wrap(char *base, size_t offset, size_t size)
{
    if (!base)
        return (struct zm_block){NULL, 0};
    *header_of(base + offset) = (struct header){.usable = size, .offset = offset};
    return (struct zm_block){base + offset, size};
}

/* Total to ask libc for; 0 if there is no such number. A block of 0 bytes has 1. */
static inline size_t with(size_t extra, size_t *size)
{
    *size += *size == 0;
    return *size <= PTRDIFF_MAX - extra ? *size + extra : 0;
}

static struct zm_block alloc(size_t size)
{
    size_t total = with(HEADER, &size);
    return wrap(total ? real.malloc(total) : NULL, HEADER, size);
}

static struct zm_block alloc_zeroed(size_t size)
{
    size_t total = with(HEADER, &size);
    return wrap(total ? real.calloc(1, total) : NULL, HEADER, size);
}

static struct zm_block alloc_aligned(size_t align, size_t size)
{
    void *base = NULL;
    size_t offset = align > HEADER ? align : HEADER;
    if (align > PTRDIFF_MAX / 2)
        return (struct zm_block){NULL, 0};
    size_t total = with(offset, &size);
    if (!total || real.posix_memalign(&base, offset, total) != 0)
        return (struct zm_block){NULL, 0};
    return wrap(base, offset, size);
}

static size_t usable(const void *ptr)
{
    return header_of(ptr)->usable;
}

static size_t release(void *ptr)
{
    size_t old = usable(ptr);
    real.free((char *)ptr - header_of(ptr)->offset);
    return old;
}

static size_t release_sized(void *ptr, size_t size)
{
    (void)size;
    return release(ptr);
}

static struct zm_block resize(void *ptr, size_t size, size_t *old)
{
    *old = usable(ptr);
    size_t offset = header_of(ptr)->offset;
    if (offset == HEADER) {
        size_t total = with(HEADER, &size);
        return wrap(total ? real.realloc((char *)ptr - HEADER, total) : NULL, HEADER, size);
    }
    struct zm_block moved = alloc(size); /* libc's realloc would not keep the distance */
    if (moved.ptr) {
        memcpy(moved.ptr, ptr, *old < size ? *old : size);
        release(ptr);
    }
    return moved;
}

static const struct zm_ops ops = {
    .name = ZM_LIBC_PREFIX_NAME,
    .caps = ZMALLOC_CAP_USABLE | ZMALLOC_CAP_HEADER_PREFIX,
    .version = version,
    .init = init,
    .alloc = alloc,
    .alloc_zeroed = alloc_zeroed,
    .alloc_aligned = alloc_aligned,
    .resize = resize,
    .usable = usable,
    .release = release,
    .release_sized = release_sized,
};

ZM_BACKEND(libc_prefix, ops);
