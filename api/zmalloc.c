/* The exported names. The hot ones are a jump through the active table; the rest is made of its
 * functions.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <string.h>
#include <zmalloc.h>

#include "runtime/active.h"
#include "runtime/stubs/stubs.h"

#if !ZM_STUBS /* else they are in stubs.S */

void *zmalloc(size_t size)
{
    return ZM_CALL(zmalloc)(size);
}

void *ztrymalloc(size_t size)
{
    return ZM_CALL(ztrymalloc)(size);
}

void *zcalloc(size_t size)
{
    return ZM_CALL(zcalloc)(size);
}

void *zrealloc(void *ptr, size_t size)
{
    return ZM_CALL(zrealloc)(ptr, size);
}

void zfree(void *ptr)
{
    ZM_CALL(zfree)(ptr);
}

void zfree_with_size(void *ptr, size_t size)
{
    ZM_CALL(zfree_with_size)(ptr, size);
}

void *ztrymalloc_usable(size_t size, size_t *usable)
{
    return ZM_CALL(ztrymalloc_usable)(size, usable);
}

size_t zmalloc_size(const void *ptr)
{
    return ZM_CALL(usable)(ptr);
}

size_t zmalloc_usable_size(const void *ptr)
{
    return ZM_CALL(usable)(ptr);
}

void *zmalloc_usable(size_t size, size_t *usable)
{
    return ZM_CALL(zmalloc_usable)(size, usable);
}

#endif

/* ---- try ---- */

void *ztrycalloc(size_t size)
{
    return ZM_CALL(alloc_zeroed)(size).ptr;
}

void *ztrycalloc_num(size_t num, size_t size)
{
    size_t bytes;
    return __builtin_mul_overflow(num, size, &bytes) ? zm_enomem() : ztrycalloc(bytes);
}

static struct zm_block try_resize(void *ptr, size_t size)
{
    if (ptr && size == 0) {
        ZM_CALL(zfree)(ptr);
        return (struct zm_block){NULL, 0};
    }
    return ZM_CALL(resize)(ptr, size);
}

void *ztryrealloc(void *ptr, size_t size)
{
    return try_resize(ptr, size).ptr;
}

static struct zm_block try_aligned(size_t align, size_t size)
{
    if (align == 0 || (align & (align - 1))) {
        errno = EINVAL;
        return (struct zm_block){NULL, 0};
    }
    return ZM_CALL(alloc_aligned)(align, size);
}

void *ztryaligned_alloc(size_t align, size_t size)
{
    return try_aligned(align, size).ptr;
}

/* ---- usable ---- */

void *ztrycalloc_usable(size_t size, size_t *usable)
{
    return zm_tell(ZM_CALL(alloc_zeroed)(size), usable);
}

void *ztryrealloc_usable(void *ptr, size_t size, size_t *usable)
{
    return zm_tell(try_resize(ptr, size), usable);
}

void *ztryaligned_alloc_usable(size_t align, size_t size, size_t *usable)
{
    return zm_tell(try_aligned(align, size), usable);
}

void zfree_usable(void *ptr, size_t *usable)
{
    size_t released = ZM_CALL(release)(ptr);
    if (usable)
        *usable = released;
}

__attribute__((noinline)) void *extend_to_usable(void *ptr, size_t size)
{
    (void)size;
    return ptr;
}

/* ---- or the OOM handler ---- */

/* zrealloc(ptr, 0) has no block to give and has not failed: it never comes here. */
static void *must(void *ptr, size_t size)
{
    return ZM_LIKELY(ptr) ? ptr : zm_oom(size);
}

void *zcalloc_num(size_t num, size_t size)
{
    size_t bytes;
    if (__builtin_mul_overflow(num, size, &bytes))
        return zm_oom(SIZE_MAX);
    return ZM_CALL(zcalloc)(bytes);
}

void *zcalloc_usable(size_t size, size_t *usable)
{
    return must(ztrycalloc_usable(size, usable), size);
}

void *zrealloc_usable(void *ptr, size_t size, size_t *usable)
{
    void *moved = ztryrealloc_usable(ptr, size, usable);
    return ptr && size == 0 ? NULL : must(moved, size);
}

void *zaligned_alloc(size_t align, size_t size)
{
    return must(ztryaligned_alloc(align, size), size);
}

void *zaligned_alloc_usable(size_t align, size_t size, size_t *usable)
{
    return must(ztryaligned_alloc_usable(align, size, usable), size);
}

#define CACHE_LINE 64

void *zmalloc_cache_aligned(size_t size)
{
    /* Rounded up too, so that nothing else ends up on the last line. */
    size_t lines = size ? (size + CACHE_LINE - 1) & ~(size_t)(CACHE_LINE - 1) : CACHE_LINE;
    return lines < size ? zm_oom(size) : must(ZM_CALL(alloc_aligned)(CACHE_LINE, lines).ptr, size);
}

char *zstrdup_usable(const char *str, size_t *usable)
{
    size_t length = strlen(str) + 1;
    char *copy = zmalloc_usable(length, usable);
    return copy ? memcpy(copy, str, length) : NULL;
}

char *zstrdup(const char *str)
{
    size_t length = strlen(str) + 1;
    char *copy = ZM_CALL(zmalloc)(length);
    return copy ? memcpy(copy, str, length) : NULL;
}
