/* A library of the system under the name of its allocator (-Dsystem_allocators): loaded when it is
 * chosen, into a scope of its own, so that it overrides nothing. Its functions are called through
 * pointers, and each size is asked for by a call.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>

#include "backends/outside/library.h"

static const char *reason;

static const char *why(void)
{
    return reason;
}

static const char *version(void)
{
    return ZM_MODULE_VERSION;
}

static int init(void)
{
    void *handle = zm_outside_open(ZM_SYSTEM_FILE, true, &reason);
    if (!handle)
        return -ELIBACC;
    reason = find_functions(handle);
    if (!reason && !own.malloc_usable_size)
        reason = ZM_SYSTEM_FILE " tells no usable sizes";
    return reason ? -ELIBBAD : lib_start();
}

static inline struct zm_block block(struct zmalloc_block b)
{
    return (struct zm_block){b.ptr, b.usable};
}

static inline struct zm_block alloc(size_t size)
{
    return block(lib_alloc(size));
}

static inline struct zm_block alloc_zeroed(size_t size)
{
    return block(lib_zeroed(size));
}

static inline struct zm_block alloc_aligned(size_t align, size_t size)
{
    return block(lib_aligned(align, size));
}

static inline struct zm_block resize(void *ptr, size_t size, size_t *old)
{
    return block(lib_resize(ptr, size, old));
}

static inline size_t release_sized(void *ptr, size_t size)
{
    (void)size;
    return lib_release(ptr);
}

static const struct zm_ops ops = {
    .name = ZM_MODULE_NAME,
    .caps = ZMALLOC_CAP_USABLE,
    .min_size = 9, /* libraries may make blocks of 8 bytes that are aligned to 8 */
    .version = version,
    .init = init,
    .why = why,
    .alloc = alloc,
    .alloc_zeroed = alloc_zeroed,
    .alloc_aligned = alloc_aligned,
    .resize = resize,
    .usable = lib_usable,
    .release = lib_release,
    .release_sized = release_sized,
};

#define ZM_OPS ops
#include "backends/front_tmpl.h"
