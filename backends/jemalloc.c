/* jemalloc: keeps exact totals of its own for every thread, so nothing is looked up to be counted.
 *
 * Its own hot path for malloc is a function made to be inlined into others (operator new is made of
 * it); what that can't do comes to slow_malloc, which is also where the account looks at the
 * totals. sallocx and nallocx are declared pure: where the account does not look at a size, the
 * compiler drops the call that would have told it.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
/* The preamble first, and with it the system's headers, which are not hidden; neither is ISO C to
 * the letter. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wpedantic"
#include <jemalloc/internal/jemalloc_preamble.h>
#pragma GCC visibility push(hidden)
#include <jemalloc/internal/jemalloc_internal_includes.h>
#pragma GCC visibility pop
#pragma GCC diagnostic pop

#include "accounting/front.h"
#include "backend.h"
#include "control.h"

static const char *version(void)
{
    return ZM_JEMALLOC_VERSION;
}

/* jemalloc starts at its first allocation. */
static int init(void)
{
    return 0;
}

/* What mallctl("thread.allocatedp") tells, without setting up all that mallctl needs. */
static int totals(const uint64_t **allocated, const uint64_t **freed)
{
    tsd_t *tsd = tsd_fetch();
    *allocated = tsd_thread_allocatedp_get(tsd);
    *freed = tsd_thread_deallocatedp_get(tsd);
    return 0;
}

static inline size_t usable(const void *ptr)
{
    return je_sallocx(ptr, 0);
}

static inline struct zm_block block(void *ptr)
{
    return (struct zm_block){ptr, ZM_LIKELY(ptr) ? usable(ptr) : 0};
}

static inline struct zm_block alloc(size_t size)
{
    return block(malloc_default(size));
}

static inline void *not_now(size_t size)
{
    (void)size;
    return NULL;
}

static inline struct zm_block alloc_hot(size_t size)
{
    return (struct zm_block){imalloc_fastpath(size, not_now), 0};
}

static inline struct zm_block alloc_zeroed(size_t size)
{
    return block(je_calloc(1, size));
}

static inline struct zm_block alloc_aligned(size_t align, size_t size)
{
    return block(je_aligned_alloc(align, size));
}

static inline struct zm_block resize(void *ptr, size_t size, size_t *old)
{
    *old = usable(ptr);
    return block(je_realloc(ptr, size));
}

static inline size_t release(void *ptr)
{
    size_t old = usable(ptr);
    je_free(ptr);
    return old;
}

static inline size_t release_sized(void *ptr, size_t size)
{
    size_t old = je_nallocx(size, 0);
    je_sdallocx(ptr, size, 0);
    return old;
}

static const struct zm_ops ops = {
    .name = "jemalloc",
    .caps = ZMALLOC_CAP_USABLE | ZMALLOC_CAP_SIZED_FREE | ZMALLOC_CAP_NATIVE_TOTALS,
    .min_size = 9, /* of 8 bytes and less it makes blocks of 8 */
    .version = version,
    .init = init,
    .alloc = alloc,
    .alloc_zeroed = alloc_zeroed,
    .alloc_aligned = alloc_aligned,
    .resize = resize,
    .usable = usable,
    .release = release,
    .release_sized = release_sized,
    .alloc_hot = alloc_hot,
    .totals = totals,
    .control = &zm_jemalloc_control,
};

ZM_BACKEND(jemalloc, ops);
