/* SPDX-License-Identifier: BSD-3-Clause */
#include "table.h"

#include <assert.h>
#include <stddef.h>

#include "marks.h"
#include "memory.h"

static_assert(ZM_MARKS_MOST == ZMALLOC_HEAPS_MOST + 1, "a mark has room for each heap's number");
static_assert(sizeof(struct zm_part) == sizeof(struct zm_live_heap_counts) &&
                  offsetof(struct zm_part, frees) == offsetof(struct zm_live_heap_counts, frees),
              "as live_format.h");

struct zm_live_heaps zm_heaps_told;
struct zmalloc_heap *zm_heap_table;

static uint32_t last;         /* the entry that was taken last: the search goes on from there */
static uint32_t free_entries; /* of those that were ever taken */

bool zm_heap_table_start(void)
{
    if (zm_heap_table)
        return true;
    zm_heap_table = zm_heap_map(ZM_MARKS_MOST * sizeof *zm_heap_table);
    if (!zm_heap_table)
        return false;
    zm_heaps_told.heap_bytes = sizeof *zm_heap_table;
    ZM_STORE(zm_heaps_told.count, 1);
    ZM_PUBLISH(zm_heaps_told.table, (uintptr_t)zm_heap_table);
    return true;
}

/* An entry that was just left is not taken at once: whoever uses a heap that is destroyed is to be
 * told so. */
enum { FREE_LEAST = 64 };

struct zmalloc_heap *zm_heap_table_find(void)
{
    uint32_t used = zm_heaps_told.count;
    if (used < ZM_MARKS_MOST && free_entries < FREE_LEAST)
        return &zm_heap_table[used];
    for (uint32_t i = 0; i < used; i++) {
        uint32_t number = (last + 1 + i) % used;
        if (number && !zm_heap_is_live(&zm_heap_table[number]))
            return &zm_heap_table[number];
    }
    return NULL;
}

void zm_heap_table_add(struct zmalloc_heap *heap)
{
    last = heap->number;
    bool simple = !heap->limited && !heap->parent;
    ZM_PUBLISH(heap->simple, simple);
    ZM_PUBLISH(heap->plain, simple && !heap->front ? heap->parts : NULL);
    ZM_PUBLISH(heap->nested, !heap->limited && heap->parent && !heap->front);
    ZM_PUBLISH(heap->bounded, heap->limited == heap && !heap->parent && !heap->front);
    ZM_PUBLISH(heap->live, 1);
    ZM_PUBLISH(heap->told.live, 1);
    if (heap->number < zm_heaps_told.count)
        free_entries--;
    else
        ZM_PUBLISH(zm_heaps_told.count, heap->number + 1);
}

void zm_heap_table_remove(struct zmalloc_heap *heap)
{
    ZM_PUBLISH(heap->told.live, 0);
    ZM_PUBLISH(heap->bounded, 0);
    ZM_PUBLISH(heap->nested, 0);
    ZM_PUBLISH(heap->plain, NULL);
    ZM_PUBLISH(heap->simple, 0);
    ZM_PUBLISH(heap->live, 0);
    free_entries++;
}
