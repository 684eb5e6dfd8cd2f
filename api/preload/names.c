/* libc's allocation names, for programs nobody recompiled. operator new, strdup and the rest of
 * libc reach these by themselves.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/libc_real.h"
#include "runtime/active.h"
#include "runtime/stubs/stubs.h"

#define EXPORT __attribute__((visibility("default")))
/* Names that libc's headers do not always declare. */
void *memalign(size_t align, size_t size);
void *aligned_alloc(size_t align, size_t size);
void *pvalloc(size_t size);
void cfree(void *ptr);
void free_sized(void *ptr, size_t size);
void free_aligned_sized(void *ptr, size_t align, size_t size);
size_t malloc_usable_size(void *ptr);

#if !ZM_STUBS /* else they are in stubs.S */

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

EXPORT size_t malloc_usable_size(void *ptr)
{
    return ZM_CALL(usable)(ptr);
}

#endif

EXPORT void *reallocarray(void *ptr, size_t num, size_t size)
{
    size_t bytes;
    return __builtin_mul_overflow(num, size, &bytes) ? zm_enomem() : ZM_CALL(realloc)(ptr, bytes);
}

EXPORT void free_aligned_sized(void *ptr, size_t align, size_t size)
{
    (void)align;
    (void)size;
    ZM_CALL(zfree)(ptr);
}

/* ---- aligned ---- */

static bool power_of_two(size_t n)
{
    return n && !(n & (n - 1));
}

/* errno as glibc has it: ENOMEM too where that is returned, and untouched by success. */
EXPORT int posix_memalign(void **out, size_t align, size_t size)
{
    if (!power_of_two(align) || align % sizeof(void *))
        return EINVAL;
    int saved_errno = errno;
    void *ptr = ZM_CALL(memalign)(align, size);
    if (!ptr)
        return ENOMEM;
    *out = ptr;
    errno = saved_errno;
    return 0;
}

/* As in glibc, an alignment that is no power of two is raised to the next. */
EXPORT void *memalign(size_t align, size_t size)
{
    if (align > SIZE_MAX / 2 + 1) {
        errno = EINVAL;
        return NULL;
    }
    size_t power = sizeof(void *);
    while (power < align)
        power *= 2;
    return ZM_CALL(memalign)(power, size);
}

/* Whether libc's own takes it; if not, errno is libc's. */
static bool libc_aligns(size_t align)
{
    void *(*real)(size_t, size_t);
    *(void **)&real = zm_libc_symbol("aligned_alloc");
    const struct zm_libc *libc = zm_libc_real();
    void *block = real && libc ? real(align, 1) : NULL;
    if (!block)
        return false;
    libc->free(block);
    return true;
}

/* What becomes of an alignment that is no power of two is up to libc: glibc raises it before 2.38,
 * and refuses it since then. */
EXPORT void *aligned_alloc(size_t align, size_t size)
{
    if (!power_of_two(align) && !libc_aligns(align))
        return NULL;
    return memalign(align, size);
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

/* ---- glibc's second names, for those that put a malloc of their own over them ---- */

/* gcc wants them to have the attributes of the first; clang neither asks nor can be told. */
#if __has_attribute(copy)
#    define ATTRIBUTES_OF(NAME) __attribute__((copy(NAME)))
#else
#    define ATTRIBUTES_OF(NAME)
#endif
#define ALSO(NAME, SECOND) \
    EXPORT ATTRIBUTES_OF(NAME) __attribute__((alias(#NAME))) __typeof__(NAME) SECOND

#if !ZM_STUBS
ALSO(malloc, __libc_malloc);
ALSO(calloc, __libc_calloc);
ALSO(realloc, __libc_realloc);
ALSO(free, __libc_free);
#endif
ALSO(memalign, __libc_memalign);
ALSO(valloc, __libc_valloc);
ALSO(pvalloc, __libc_pvalloc);
ALSO(posix_memalign, __posix_memalign);
