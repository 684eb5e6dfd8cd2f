/* null: a backend without any memory, and the smallest template of a module.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "backends/backend.h"

static const char *version(void)
{
    return "1";
}

static int init(void)
{
    return 0;
}

static struct zm_block alloc(size_t size)
{
    (void)size;
    return (struct zm_block){NULL, 0};
}

static struct zm_block alloc_aligned(size_t align, size_t size)
{
    (void)align;
    return alloc(size);
}

/* Nothing below is ever called: there is no live block. */

static struct zm_block resize(void *ptr, size_t size, size_t *old)
{
    (void)ptr;
    *old = 0;
    return alloc(size);
}

static size_t usable(const void *ptr)
{
    (void)ptr;
    return 0;
}

static size_t release(void *ptr)
{
    (void)ptr;
    return 0;
}

static size_t release_sized(void *ptr, size_t size)
{
    (void)ptr;
    (void)size;
    return 0;
}

static const struct zm_ops ops = {
    .name = "null",
    .caps = ZMALLOC_CAP_USABLE,
    .version = version,
    .init = init,
    .alloc = alloc,
    .alloc_zeroed = alloc,
    .alloc_aligned = alloc_aligned,
    .resize = resize,
    .usable = usable,
    .release = release,
    .release_sized = release_sized,
};

#undef ZM_MODULE
#define ZM_MODULE null
#define ZM_OPS    ops
#include "backends/front_tmpl.h"
