/* libc's allocation names, for programs nobody recompiled. operator new, strdup and the rest of
 * libc reach these by themselves.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

#include "runtime/active.h"

#define EXPORT __attribute__((visibility("default")))
/* Names that libc's headers do not always declare. */
void *memalign(size_t align, size_t size);
void *aligned_alloc(size_t align, size_t size);
void *pvalloc(size_t size);
void cfree(void *ptr);
void free_sized(void *ptr, size_t size);
void free_aligned_sized(void *ptr, size_t align, size_t size);
size_t malloc_usable_size(void *ptr);

EXPORT void *malloc(size_t size)
{
    return ZM_CALL(malloc)(size);
}

EXPORT void *calloc(size_t num, size_t size)
{
    return ZM_CALL(calloc)(num, size);
}

EXPORT void *realloc(void *ptr, size_t size)
{
    return ZM_CALL(realloc)(ptr, size);
}

EXPORT void *reallocarray(void *ptr, size_t num, size_t size)
{
    size_t bytes;
    return __builtin_mul_overflow(num, size, &bytes) ? zm_enomem() : ZM_CALL(realloc)(ptr, bytes);
}

EXPORT void free(void *ptr)
{
    ZM_CALL(zfree)(ptr);
}

EXPORT void cfree(void *ptr)
{
    ZM_CALL(zfree)(ptr);
}

EXPORT void free_sized(void *ptr, size_t size)
{
    ZM_CALL(free_sized)(ptr, size);
}

EXPORT void free_aligned_sized(void *ptr, size_t align, size_t size)
{
    (void)align;
    (void)size;
    ZM_CALL(zfree)(ptr);
}

EXPORT size_t malloc_usable_size(void *ptr)
{
    return ZM_CALL(usable)(ptr);
}

/* ---- aligned ---- */

static bool power_of_two(size_t n)
{
    return n && !(n & (n - 1));
}

EXPORT int posix_memalign(void **out, size_t align, size_t size)
{
    if (!power_of_two(align) || align % sizeof(void *))
        return EINVAL;
    int saved_errno = errno;
    void *ptr = ZM_CALL(memalign)(align, size);
    errno = saved_errno;
    if (!ptr)
        return ENOMEM;
    *out = ptr;
    return 0;
}

EXPORT void *aligned_alloc(size_t align, size_t size)
{
    if (!power_of_two(align)) {
        errno = EINVAL;
        return NULL;
    }
    return ZM_CALL(memalign)(align, size);
}

/* As in glibc, an alignment that is no power of two is raised to the next. */
EXPORT void *memalign(size_t align, size_t size)
{
    size_t power = sizeof(void *);
    while (power < align && power <= SIZE_MAX / 4)
        power *= 2;
    if (power < align) {
        errno = EINVAL;
        return NULL;
    }
    return ZM_CALL(memalign)(power, size);
}

static size_t page_size(void)
{
    return (size_t)sysconf(_SC_PAGESIZE);
}

EXPORT void *valloc(size_t size)
{
    return ZM_CALL(memalign)(page_size(), size);
}

EXPORT void *pvalloc(size_t size)
{
    size_t page = page_size();
    size_t pages = size ? (size + page - 1) & ~(page - 1) : page;
    return pages < size ? zm_enomem() : ZM_CALL(memalign)(page, pages);
}
