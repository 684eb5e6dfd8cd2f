/* The heaps of another process: its table, and for each heap what the slots have counted in it.
 *
 * All that is allocated is read before anything that is freed, as in the process itself.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "live.h"
#include "live_reading.h"
#include "remote.h"

enum {
    MOST_HEAPS = 1 << 16,
    MOST_COUNTS = 1 << 16,
    MOST_BYTES = 4096, /* of an entry of the table */
};

static bool is_a_name(const char *name, size_t size)
{
    return strnlen(name, size) < size;
}

/* Adds what all slots have counted, from two readings. */
static int add_counts(const struct zm_live_source *source, const struct zm_live_heap *heap,
                      uint32_t slots, struct zm_live_heap_account *out)
{
    if (heap->count_count > MOST_COUNTS)
        return -EBADMSG;
    size_t count = slots < heap->count_count ? slots : (size_t)heap->count_count;
    struct zm_live_heap_counts *counts = malloc((2 * count + 1) * sizeof *counts);
    if (!counts)
        return -ENOMEM;
    struct zm_remote parts[] = {{heap->counts, counts, count * sizeof *counts},
                                {heap->counts, counts + count, count * sizeof *counts}};
    int status = count ? zm_remote_read(source->pid, parts, 2) : 0;
    out->allocated = heap->others.allocated;
    out->allocs = heap->others.allocs;
    out->freed = heap->others.freed;
    out->frees = heap->others.frees;
    for (size_t i = 0; i < count && status == 0; i++) {
        out->allocated += counts[i].allocated;
        out->allocs += counts[i].allocs;
        out->freed += counts[count + i].freed;
        out->frees += counts[count + i].frees;
    }
    free(counts);
    return status;
}

static int read_heap(const struct zm_live_source *source, const struct zm_live_heap *heap,
                     uint32_t number, uint32_t slots, struct zm_live_heap_account *out)
{
    *out = (struct zm_live_heap_account){.number = number,
                                         .parent = heap->parent,
                                         .soft = heap->soft,
                                         .hard = heap->hard,
                                         .peak = heap->peak,
                                         .reclaims = heap->reclaims,
                                         .refused = heap->refused};
    if (!is_a_name(heap->name, sizeof heap->name) ||
        !is_a_name(heap->backend, sizeof heap->backend))
        return -EBADMSG;
    strcpy(out->name, heap->name);
    strcpy(out->backend, heap->backend);
    int status = add_counts(source, heap, slots, out);
    if (out->freed > out->allocated)
        out->freed = out->allocated;
    if (out->frees > out->allocs)
        out->frees = out->allocs;
    if (out->peak < out->allocated - out->freed)
        out->peak = out->allocated - out->freed;
    return status;
}

static int read_table(const struct zm_live_source *source, const struct zm_live_heaps *heaps,
                      char *table, struct zm_live_heap_account *all, size_t *count)
{
    uint32_t slots = 0;
    struct zm_remote parts[] = {
        {heaps->table, table, (size_t)heaps->count * heaps->heap_bytes},
        {source->page.slots.count, &slots, sizeof slots},
    };
    int status = zm_remote_read(source->pid, parts, 2);
    for (uint32_t i = 1; i < heaps->count && status == 0; i++) {
        struct zm_live_heap heap;
        memcpy(&heap, table + (size_t)i * heaps->heap_bytes, sizeof heap);
        if (!heap.live)
            continue;
        status = read_heap(source, &heap, i, slots, &all[*count]);
        if (status == -EBADMSG) /* it may have been destroyed meanwhile */
            status = 0;
        else
            ++*count;
    }
    return status;
}

int zm_live_heaps(const struct zm_live_source *source, struct zm_live_heap_account **out,
                  size_t *count)
{
    struct zm_live_heaps heaps = {0};
    *out = NULL;
    *count = 0;
    if (!source->page.heaps)
        return 0;
    struct zm_remote part = {source->page.heaps, &heaps, sizeof heaps};
    int status = zm_remote_read(source->pid, &part, 1);
    if (status != 0 || !heaps.table || heaps.count < 2)
        return status;
    if (heaps.count > MOST_HEAPS || heaps.heap_bytes > MOST_BYTES ||
        heaps.heap_bytes < sizeof(struct zm_live_heap))
        return -EBADMSG;
    char *table = malloc((size_t)heaps.count * heaps.heap_bytes);
    struct zm_live_heap_account *all = malloc(heaps.count * sizeof *all);
    status = table && all ? read_table(source, &heaps, table, all, count) : -ENOMEM;
    free(table);
    if (status != 0)
        free(all);
    else
        *out = all;
    return status;
}
