/* libc without malloc_usable_size: every block carries a header of ours that knows its size.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <stddef.h>

#include "backends/backend.h"
#include "backends/prefix.h"
#include "base/libc_real.h"

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

static struct zm_block alloc(size_t size)
{
    return zm_prefix_alloc(&real, size);
}

static struct zm_block alloc_zeroed(size_t size)
{
    return zm_prefix_zeroed(&real, size);
}

static struct zm_block alloc_aligned(size_t align, size_t size)
{
    return zm_prefix_aligned(&real, align, size);
}

static size_t usable(const void *ptr)
{
    return zm_prefix_usable(ptr);
}

static size_t release(void *ptr)
{
    return zm_prefix_release(&real, ptr);
}

static size_t release_sized(void *ptr, size_t size)
{
    (void)size;
    return release(ptr);
}

static struct zm_block resize(void *ptr, size_t size, size_t *old)
{
    return zm_prefix_resize(&real, ptr, size, old);
}

static const struct zm_ops ops = {
    .name = ZM_MODULE_NAME,
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

#define ZM_OPS ops
#include "backends/front_tmpl.h"
