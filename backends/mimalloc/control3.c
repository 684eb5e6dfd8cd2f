/* mimalloc 3: a heap is no thread's, a thread has a share of each. So they aren't handed out as
 * arenas of a thread, and what is asked for concerns the process. It counts no blocks in a release
 * build: those are in the account, which has counted each with the size that its page says.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>

#include "accounting/sums.h"
#include "control.h"

static int info(bool wanted, struct zmalloc_allocator_info *out)
{
    (void)wanted;
    struct zm_sums sums;
    zm_sums_read(&sums);
    out->allocated = sums.allocated - sums.freed;
    out->has = ZMALLOC_ALLOCATOR_ALLOCATED;
#if ZM_MIMALLOC_LINE
    out->frag_smallbins = ZM_MODULE_SYMBOL(room)();
    out->active = out->allocated + out->frag_smallbins;
    out->has |= ZMALLOC_ALLOCATOR_ACTIVE | ZMALLOC_ALLOCATOR_FRAG_SMALLBINS;
    int64_t reserved = ZM_MODULE_SYMBOL(reserved)();
    if (reserved >= 0) {
        out->mapped = (uint64_t)reserved;
        out->has |= ZMALLOC_ALLOCATOR_MAPPED;
    }
    int64_t committed = committed_now();
    if (committed >= 0 && committed <= reserved) {
        out->resident = (uint64_t)committed;
        out->retained = (uint64_t)(reserved - committed);
        out->has |= ZMALLOC_ALLOCATOR_RESIDENT | ZMALLOC_ALLOCATOR_RETAINED;
    }
#endif
    return 0;
}

/* For a thread that has never allocated mi_collect does nothing, so it gets its heap first. */
static int collect(bool force)
{
    void *first = mi_malloc(1);
    if (!first)
        return -ENOMEM;
    mi_free(first);
    mi_collect(force);
    return 0;
}

static int purge(void)
{
    return collect(true);
}

static int flush(void)
{
    return collect(false);
}

struct zm_block ZM_MODULE_SYMBOL(alloc_flags)(size_t size, int flags)
{
    size_t align = (size_t)1 << (flags & 0x3f);
    bool zero = flags & ZMALLOC_ZERO;
    void *ptr;
    if (align > 1)
        ptr = zero ? mi_zalloc_aligned(size, align) : mi_malloc_aligned(size, align);
    else
        ptr = zero ? mi_zalloc(size) : mi_malloc(size);
    return (struct zm_block){ptr, ptr ? mi_usable_size(ptr) : 0};
}

const struct zm_control ZM_MODULE_SYMBOL(control) = {
#if ZM_MIMALLOC_LINE
    .tells = ZMALLOC_ALLOCATOR_ALLOCATED | ZMALLOC_ALLOCATOR_ACTIVE | ZMALLOC_ALLOCATOR_MAPPED |
             ZMALLOC_ALLOCATOR_FRAG_SMALLBINS | ZMALLOC_ALLOCATOR_RESIDENT |
             ZMALLOC_ALLOCATOR_RETAINED,
    .cost = ZMALLOC_COST_ARENAS,
    .slabs = ZM_MODULE_SYMBOL(slabs),
    .alloc_near = ZM_MODULE_SYMBOL(alloc_near),
#else
    .tells = ZMALLOC_ALLOCATOR_ALLOCATED,
    .cost = ZMALLOC_COST_READ,
#endif
    .good_size = ZM_MODULE_SYMBOL(good_size),
    .info = info,
    .purge = purge,
    .set_decay = ZM_MODULE_SYMBOL(set_decay),
    .get_decay = ZM_MODULE_SYMBOL(get_decay),
    .flush = flush,
    .flags = 0x7f,
    .alloc_flags = ZM_MODULE_SYMBOL(alloc_flags),
};
