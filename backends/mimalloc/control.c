/* mimalloc: its process statistics, and its heaps as arenas of the thread that made them.
 *
 * The RSS of its statistics is not passed on: it was found to be 0, negative, or the committed
 * bytes. A release build of mimalloc counts nothing about blocks: those are in
 * the account, which has counted each with the size that its page says. Only the thread itself can
 * see how much room is left in its pages; those of others count as if they were full.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "control.h"

#include <errno.h>

#include "accounting/sums.h"

bool ZM_MODULE_SYMBOL(miscounts);

#if ZM_MIMALLOC_LINE
static void add_blocks(struct zmalloc_allocator_info *out)
{
    struct zm_sums sums;
    zm_sums_read(&sums);
    out->allocated = sums.allocated - sums.freed;
    out->frag_smallbins = ZM_MODULE_SYMBOL(room)();
    out->active = out->allocated + out->frag_smallbins;
    out->has |=
        ZMALLOC_ALLOCATOR_ALLOCATED | ZMALLOC_ALLOCATOR_ACTIVE | ZMALLOC_ALLOCATOR_FRAG_SMALLBINS;
}
#endif

/* What mimalloc has committed was once what it had touched, or would before long. From 2.1 on it
 * commits an arena of 1 GiB at its first call, and that says nothing about memory. */
#if ZM_MIMALLOC_LINE == 20
static void add_committed(struct zmalloc_allocator_info *out)
{
    size_t skip, committed = 0;
    mi_process_info(&skip, &skip, &skip, &skip, &skip, &committed, &skip, &skip);
    if (committed > PTRDIFF_MAX)
        return;
    out->resident = committed;
    out->has |= ZMALLOC_ALLOCATOR_RESIDENT;
    if (out->has & ZMALLOC_ALLOCATOR_MAPPED && out->mapped >= out->resident) {
        out->retained = out->mapped - out->resident;
        out->has |= ZMALLOC_ALLOCATOR_RETAINED;
    }
}
#endif

static int info(bool wanted, struct zmalloc_allocator_info *out)
{
    (void)wanted;
    if (__atomic_load_n(&ZM_MODULE_SYMBOL(miscounts), __ATOMIC_RELAXED))
        return -ENOTSUP;
#if ZM_MIMALLOC_LINE
    add_blocks(out);
    int64_t reserved = ZM_MODULE_SYMBOL(reserved)();
    if (reserved >= 0) {
        out->mapped = (uint64_t)reserved;
        out->has |= ZMALLOC_ALLOCATOR_MAPPED;
    }
#endif
#if ZM_MIMALLOC_LINE == 20
    add_committed(out);
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

/* ---- heaps: arenas of the thread that made them, 0 its first ---- */

enum { HEAPS = 16 };
static ZM_THREAD_LOCAL mi_heap_t *heaps[HEAPS];

/* A thread that has never allocated gets its heap when it is asked for. That needs memory: NULL
 * if there is none. */
static mi_heap_t *first_heap(void)
{
    mi_heap_t *now = mi_heap_get_default();
#if ZM_MIMALLOC_LINE
    if (!mi_heap_is_initialized(now))
        return NULL;
#endif
    return now ? mi_heap_get_backing() : NULL;
}

mi_heap_t *ZM_MODULE_SYMBOL(heap)(uint32_t arena)
{
    if (arena == 0)
        return first_heap();
    return arena < HEAPS ? heaps[arena] : NULL;
}

static int arena_info(uint32_t arena, bool wanted, struct zmalloc_allocator_info *out)
{
    (void)wanted;
    mi_heap_t *heap = ZM_MODULE_SYMBOL(heap)(arena);
    if (!heap)
        return -ENODATA;
    mi_heap_visit_blocks(heap, false, add_area, out);
    out->has = ZMALLOC_ALLOCATOR_ALLOCATED | ZMALLOC_ALLOCATOR_ACTIVE;
    out->cost = ZMALLOC_COST_ARENAS;
    return 0;
}

static int arena_create(uint32_t *arena)
{
    uint32_t free = 1;
    while (free < HEAPS && heaps[free])
        free++;
    if (free == HEAPS)
        return -EAGAIN;
    if (!first_heap())
        return -ENOMEM;
    heaps[free] = mi_heap_new();
    if (!heaps[free])
        return -ENOMEM;
    *arena = free;
    return 0;
}

/* The heap's blocks move to the first heap. If the thread was allocating from it, it now
 * allocates from the first. */
static int arena_destroy(uint32_t arena)
{
    if (arena == 0 || !ZM_MODULE_SYMBOL(heap)(arena))
        return -EINVAL;
    mi_heap_delete(heaps[arena]);
    heaps[arena] = NULL;
    return 0;
}

static int arena_assign(uint32_t arena)
{
    mi_heap_t *heap = ZM_MODULE_SYMBOL(heap)(arena);
    if (!heap)
        return -EINVAL;
    mi_heap_set_default(heap);
    return 0;
}

static int arena_assigned(uint32_t *arena)
{
    const mi_heap_t *now = mi_heap_get_default();
    *arena = 0;
    for (uint32_t i = 1; i < HEAPS; i++)
        if (heaps[i] == now)
            *arena = i;
    return 0;
}

/* ---- giving memory back ---- */

/* Not by mi_collect: it does nothing for a thread that has never allocated, although anybody can
 * collect what other threads have left; and of a thread's heaps it collects only one. */
static int collect(bool force)
{
    if (!first_heap())
        return -ENOMEM;
    for (uint32_t i = 0; i < HEAPS; i++)
        if (ZM_MODULE_SYMBOL(heap)(i))
            mi_heap_collect(ZM_MODULE_SYMBOL(heap)(i), force);
    return 0;
}

static int purge(void)
{
    int status = collect(true);
    for (uint32_t i = 0; i < HEAPS && !status; i++)
        if (ZM_MODULE_SYMBOL(heap)(i))
            ZM_MODULE_SYMBOL(give_back)(ZM_MODULE_SYMBOL(heap)(i));
    return status;
}

static int flush(void)
{
    return collect(false);
}

static bool has_arena(uint32_t arena)
{
    return ZM_MODULE_SYMBOL(heap)(arena) != NULL;
}

#if ZM_MIMALLOC_LINE
#    define TELLS_BLOCKS                                                                     \
        (ZMALLOC_ALLOCATOR_ALLOCATED | ZMALLOC_ALLOCATOR_ACTIVE | ZMALLOC_ALLOCATOR_MAPPED | \
         ZMALLOC_ALLOCATOR_FRAG_SMALLBINS)
#endif
#if ZM_MIMALLOC_LINE == 20
#    define TELLS (TELLS_BLOCKS | ZMALLOC_ALLOCATOR_RESIDENT | ZMALLOC_ALLOCATOR_RETAINED)
#elif ZM_MIMALLOC_LINE
#    define TELLS TELLS_BLOCKS
#else
#    define TELLS 0
#endif

const struct zm_control ZM_MODULE_SYMBOL(control) = {
    .tells = TELLS,
    .cost = ZMALLOC_COST_ARENAS,
    .good_size = ZM_MODULE_SYMBOL(good_size),
    .info = info,
    .arena_info = arena_info,
    .purge = purge,
    .set_decay = ZM_MODULE_SYMBOL(set_decay),
    .get_decay = ZM_MODULE_SYMBOL(get_decay),
    .flush = flush,
    .arena_create = arena_create,
    .arena_destroy = arena_destroy,
    .arena_assign = arena_assign,
    .arena_assigned = arena_assigned,
    .thread_arenas = true,
    .flags = 0x7f | ZM_ARENA_FLAGS,
    .has_arena = has_arena,
    .alloc_flags = ZM_MODULE_SYMBOL(alloc_flags),
#if ZM_MIMALLOC_LINE
    .slabs = ZM_MODULE_SYMBOL(slabs),
    .alloc_near = ZM_MODULE_SYMBOL(alloc_near),
#endif
};
