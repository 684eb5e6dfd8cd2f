/* What the two tcmallocs tell and do, over gperftools' MallocExtension and one look at the figures
 * that its GetStats prints.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <figures.h>

#include "backends/control.h"

static inline int info(bool wanted, struct zmalloc_allocator_info *out)
{
    (void)wanted;
    const FIGURES::Figures f = FIGURES::Read();
    const uint64_t backed = f.system - f.unmapped;
    out->central_cache = f.central_cache + f.transfer_cache;
    out->thread_cache = f.thread_caches;
    out->dirty = f.free_spans;
    out->active = backed - f.free_spans;
    const uint64_t cached = out->central_cache + out->thread_cache;
    out->resident = backed + f.metadata;
    out->mapped = f.system + f.metadata;
    out->retained = f.unmapped;
    out->metadata = f.metadata;
    out->has = ZMALLOC_ALLOCATOR_ACTIVE | ZMALLOC_ALLOCATOR_RESIDENT | ZMALLOC_ALLOCATOR_MAPPED |
               ZMALLOC_ALLOCATOR_RETAINED | ZMALLOC_ALLOCATOR_DIRTY | ZMALLOC_ALLOCATOR_METADATA |
               ZMALLOC_ALLOCATOR_THREAD_CACHE | ZMALLOC_ALLOCATOR_CENTRAL_CACHE;
    /* The caches are read one after the other while other threads go on, so the sum may be too
     * high. */
    if (cached <= out->active) {
        out->allocated = out->active - cached;
        out->has |= ZMALLOC_ALLOCATOR_ALLOCATED;
    }
    return 0;
}

static inline int purge(void)
{
    TC(MallocExtension_ReleaseFreeMemory)();
    return 0;
}

/* The next call makes another cache. */
static inline int flush(void)
{
    TC(MallocExtension_MarkThreadIdle)();
    return 0;
}

static const struct zm_control control = {
    .tells = ZMALLOC_ALLOCATOR_ALLOCATED | ZMALLOC_ALLOCATOR_ACTIVE | ZMALLOC_ALLOCATOR_RESIDENT |
             ZMALLOC_ALLOCATOR_MAPPED | ZMALLOC_ALLOCATOR_RETAINED | ZMALLOC_ALLOCATOR_DIRTY |
             ZMALLOC_ALLOCATOR_METADATA | ZMALLOC_ALLOCATOR_THREAD_CACHE |
             ZMALLOC_ALLOCATOR_CENTRAL_CACHE,
    .cost = ZMALLOC_COST_LOCKS,
    .info = info,
    .arena_info = nullptr,
    .purge = purge,
    .set_background = nullptr,
    .get_background = nullptr,
    .set_decay = nullptr,
    .get_decay = nullptr,
    .flush = flush,
    .arena_create = nullptr,
    .arena_destroy = nullptr,
    .arena_assign = nullptr,
    .arena_assigned = nullptr,
    .thread_arenas = false,
    .tcache_create = nullptr,
    .tcache_flush = nullptr,
    .tcache_destroy = nullptr,
    .has_tcache = nullptr,
    .ctl = nullptr,
    .print = nullptr,
    .good_size = nullptr,
    .flags = 0,
    .has_arena = nullptr,
    .alloc_flags = nullptr,
    .resize_flags = nullptr,
    .release_flags = nullptr,
    .slabs = nullptr,
    .alloc_near = nullptr,
};
