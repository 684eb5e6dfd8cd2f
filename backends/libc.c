/* libc: the system's own allocator, reached under any preload.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <string.h>
#if defined(__GLIBC__)
#    include <gnu/libc-version.h>
#endif

#include "accounting/front.h"
#include "backend.h"
#include "libc_real.h"

static struct zm_libc real;

static const char *version(void)
{
#if defined(__GLIBC__)
    return gnu_get_libc_version();
#else
    return "system";
#endif
}

static int init(void)
{
    const struct zm_libc *found = zm_libc_real();
    if (!found || !found->malloc_usable_size)
        return -ENOSYS;
    real = *found;
    return 0;
}

static inline size_t usable(const void *ptr)
{
    return real.malloc_usable_size((void *)ptr);
}

static inline struct zm_block block(void *ptr)
{
    return (struct zm_block){ptr, ZM_LIKELY(ptr) ? usable(ptr) : 0};
}

static inline struct zm_block alloc(size_t size)
{
    return block(real.malloc(size));
}

static inline struct zm_block alloc_zeroed(size_t size)
{
    return block(real.calloc(1, size));
}

static inline struct zm_block alloc_aligned(size_t align, size_t size)
{
    void *ptr = NULL;
    if (align < sizeof(void *))
        align = sizeof(void *);
    return block(real.posix_memalign(&ptr, align, size) == 0 ? ptr : NULL);
}

static inline struct zm_block resize(void *ptr, size_t size, size_t *old)
{
    *old = usable(ptr);
    return block(real.realloc(ptr, size));
}

static inline void release(void *ptr, size_t unused)
{
    (void)unused;
    real.free(ptr);
}

static inline size_t release_sized(void *ptr, size_t size)
{
    (void)size;
    size_t old = usable(ptr);
    real.free(ptr);
    return old;
}

static const struct zm_ops ops = {
    .name = "libc",
    .caps = ZMALLOC_CAP_USABLE,
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

ZM_BACKEND(libc, ops);
