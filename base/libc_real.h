/* libc's own allocator, whatever has been preloaded over it.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_BASE_LIBC_REAL_H
#define ZM_BASE_LIBC_REAL_H

#include <stddef.h>

struct zm_libc {
    void *(*malloc)(size_t size);
    void *(*calloc)(size_t num, size_t size);
    void *(*realloc)(void *ptr, size_t size);
    void (*free)(void *ptr);
    int (*posix_memalign)(void **ptr, size_t align, size_t size);
    size_t (*malloc_usable_size)(void *ptr); /* NULL: this libc has none */
    int (*malloc_trim)(size_t pad);          /* NULL: this libc has none */
};

/* Allocates nothing. Thread-safe. NULL: there is a libc, but its malloc cannot be found. */
const struct zm_libc *zm_libc_real(void);

/* The function `name` of libc itself; NULL: it has none. Linux only. */
void *zm_libc_symbol(const char *name);

#endif
