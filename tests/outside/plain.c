/* A library with malloc and free that tells no usable sizes, and aligns by C11's name only.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include <stddef.h>

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t num, size_t size);
void *__libc_realloc(void *ptr, size_t size);
void *__libc_memalign(size_t align, size_t size);
void __libc_free(void *ptr);

void *malloc(size_t size);
void *calloc(size_t num, size_t size);
void *realloc(void *ptr, size_t size);
void *aligned_alloc(size_t align, size_t size);
void free(void *ptr);

void *malloc(size_t size)
{
    return __libc_malloc(size);
}

void *calloc(size_t num, size_t size)
{
    return __libc_calloc(num, size);
}

void *realloc(void *ptr, size_t size)
{
    return __libc_realloc(ptr, size);
}

void free(void *ptr)
{
    __libc_free(ptr);
}

#ifndef ZM_NO_ALIGNED
void *aligned_alloc(size_t align, size_t size)
{
    return size % align ? NULL : __libc_memalign(align, size);
}
#endif
