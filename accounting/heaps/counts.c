/* SPDX-License-Identifier: BSD-3-Clause */
#include "counts.h"

#include <stdatomic.h>

static void add(uint64_t *figure, uint64_t by)
{
    if (by)
        __atomic_fetch_add(figure, by, __ATOMIC_RELEASE);
}

static void raise_peak(zmalloc_heap *heap, uint64_t used)
{
    uint64_t seen = ZM_LOAD(heap->told.peak);
    while (used > seen)
        if (__atomic_compare_exchange_n(&heap->told.peak, &seen, used, true, __ATOMIC_RELAXED,
                                        __ATOMIC_RELAXED))
            return;
}

static uint32_t parts_in_use(void)
{
    uint32_t slots = zm_slot_count();
    return slots < ZM_HEAP_PARTS ? slots : ZM_HEAP_PARTS;
}

/* What is allocated is read before what is freed, and was published with what had been freed by
 * then: so the difference is never above what was used at some moment. */
static void sum_up(zmalloc_heap *heap, struct zm_heap_sums *out)
{
    const struct zm_live_heap_counts *others = &heap->told.others;
    uint32_t count = parts_in_use();
    *out = (struct zm_heap_sums){.allocated = ZM_LOAD(others->allocated),
                                 .allocs = ZM_LOAD(others->allocs)};
    for (uint32_t i = 0; i < count; i++) {
        out->allocs += ZM_LOAD(heap->parts[i].allocs);
        out->allocated += ZM_LOAD(heap->parts[i].allocated);
    }
    atomic_thread_fence(memory_order_acquire);
    out->freed = ZM_LOAD(others->freed);
    out->frees = ZM_LOAD(others->frees);
    for (uint32_t i = 0; i < count; i++) {
        out->frees += ZM_LOAD(heap->parts[i].frees);
        out->freed += ZM_LOAD(heap->parts[i].freed);
    }
    if (out->freed > out->allocated)
        out->freed = out->allocated;
    if (out->frees > out->allocs)
        out->frees = out->allocs;
    raise_peak(heap, out->allocated - out->freed);
}

/* Both sums only grow, and no block is freed before it is counted: if what had been freed is as
 * much as what has been allocated by now, nothing was left then, and nothing has come since. */
bool zm_heap_is_empty(const zmalloc_heap *heap)
{
    const struct zm_live_heap_counts *others = &heap->told.others;
    uint64_t frees = ZM_LOAD(others->frees), allocs;
    for (uint32_t i = 0, count = parts_in_use(); i < count; i++)
        frees += ZM_LOAD(heap->parts[i].frees);
    atomic_thread_fence(memory_order_acquire);
    allocs = ZM_LOAD(others->allocs);
    for (uint32_t i = 0, count = parts_in_use(); i < count; i++)
        allocs += ZM_LOAD(heap->parts[i].allocs);
    return frees == allocs;
}

void zm_heap_sums_read(zmalloc_heap *heap, struct zm_heap_sums *out)
{
    sum_up(heap, out);
    out->peak = ZM_LOAD(heap->told.peak);
}

void zm_heap_count_shared(zmalloc_heap *heap, uint64_t allocated, uint64_t freed, uint64_t allocs,
                          uint64_t frees)
{
    struct zm_live_heap_counts *others = &heap->told.others;
    struct zm_heap_sums sums;
    add(&others->allocs, allocs);
    add(&others->allocated, allocated);
    add(&others->freed, freed);
    add(&others->frees, frees);
    if (allocated)
        sum_up(heap, &sums);
}

/* The peak can only have risen if some thread holds more than when the sum was last taken. Each
 * looks at itself once a quarter of its batch, and at the sum if it may have grown by the rest. */
void zm_heap_look_at_peak(zmalloc_heap *heap, struct zm_part *part)
{
    uint64_t batch = ZM_LOAD(heap->told.peak) / 64;
    if (batch > ZMALLOC_HEAP_PEAK_SLACK)
        batch /= zm_slot_count();
    if (batch < ZMALLOC_HEAP_PEAK_SLACK)
        batch = ZMALLOC_HEAP_PEAK_SLACK;
    uint64_t allocated = ZM_LOAD(part->allocated), freed = ZM_LOAD(part->freed);
    int64_t held = (int64_t)(allocated - freed);
    int64_t least = part->held - (int64_t)(freed - part->before); /* if all was freed first */
    if (least < part->least)
        part->least = least;
    if (held - part->least >= (int64_t)(batch / 4 * 3)) {
        struct zm_heap_sums sums;
        sum_up(heap, &sums);
        part->least = held;
    }
    part->held = held;
    part->before = freed;
    part->look_at = allocated + batch / 4;
}
