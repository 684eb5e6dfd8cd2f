/* mimalloc: its process statistics, and its heaps as arenas of the thread that made them.
 *
 * The statistics' RSS is not passed on: it has been 0, negative and the committed bytes. Of blocks
 * mimalloc counts nothing in a release build.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "mimalloc_control.h"

#include <errno.h>

bool zm_mimalloc_miscounts;

static int info(bool wanted, struct zmalloc_allocator_info *out)
{
    (void)wanted;
    if (__atomic_load_n(&zm_mimalloc_miscounts, __ATOMIC_RELAXED))
        return -ENOTSUP;
    size_t skip, committed = 0;
    mi_process_info(&skip, &skip, &skip, &skip, &skip, &committed, &skip, &skip);
    if (committed <= PTRDIFF_MAX) {
        out->resident = committed;
        out->has |= ZMALLOC_ALLOCATOR_RESIDENT;
    }
#if MI_MALLOC_VERSION == 209
    int64_t reserved = _mi_stats_main.reserved.current;
    if (reserved >= 0) {
        out->mapped = (uint64_t)reserved;
        out->has |= ZMALLOC_ALLOCATOR_MAPPED;
    }
    if (out->has == (ZMALLOC_ALLOCATOR_RESIDENT | ZMALLOC_ALLOCATOR_MAPPED) &&
        out->mapped >= out->resident) {
        out->retained = out->mapped - out->resident;
        out->has |= ZMALLOC_ALLOCATOR_RETAINED;
    }
#endif
    return out->has ? 0 : -ENOTSUP;
}

static bool add_area(const mi_heap_t *heap, const mi_heap_area_t *area, void *block, size_t size,
                     void *arg)
{
    (void)heap, (void)block, (void)size;
    struct zmalloc_allocator_info *out = arg;
    out->allocated += area->used * area->block_size;
    out->active += area->committed;
    return true;
}

static int arena_info(uint32_t arena, bool wanted, struct zmalloc_allocator_info *out)
{
    (void)wanted;
    if (arena != 0)
        return -ENODATA;
    mi_heap_visit_blocks(mi_heap_get_backing(), false, add_area, out);
    out->has = ZMALLOC_ALLOCATOR_ALLOCATED | ZMALLOC_ALLOCATOR_ACTIVE;
    out->cost = ZMALLOC_COST_ARENAS;
    return 0;
}

const struct zm_control zm_mimalloc_control = {
    .tells = ZMALLOC_ALLOCATOR_RESIDENT
#if MI_MALLOC_VERSION == 209
             | ZMALLOC_ALLOCATOR_MAPPED | ZMALLOC_ALLOCATOR_RETAINED
#endif
    ,
    .cost = ZMALLOC_COST_READ,
    .info = info,
    .arena_info = arena_info,
};
