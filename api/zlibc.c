/* The zlibc names: libc's own allocator, not accounted.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <stdlib.h>
#include <zmalloc.h>

#include "base/failure.h"
#include "base/libc_real.h"

static const struct zm_libc *libc(void)
{
    const struct zm_libc *real = zm_libc_real();
    if (!real) {
        zm_complain("zmalloc: this process has no libc whose malloc can be found", (char *)NULL);
        abort();
    }
    return real;
}

void *zlibc_malloc(size_t size)
{
    return libc()->malloc(size);
}

void *zlibc_calloc(size_t num, size_t size)
{
    return libc()->calloc(num, size);
}

void *zlibc_realloc(void *ptr, size_t size)
{
    return libc()->realloc(ptr, size);
}

void zlibc_free(void *ptr)
{
    libc()->free(ptr);
}

void zlibc_trim(void)
{
    if (libc()->malloc_trim)
        libc()->malloc_trim(0);
}
