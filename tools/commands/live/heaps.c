/* SPDX-License-Identifier: BSD-3-Clause */
#include "heaps.h"

#include <inttypes.h>
#include <stdlib.h>

#include "tools/common/printable.h"
#include "tools/common/units.h"

int zm_heaps_read(const struct zm_live_source *source, struct zm_heaps *out)
{
    *out = (struct zm_heaps){0};
    return zm_live_heaps(source, &out->all, &out->count);
}

void zm_heaps_free(struct zm_heaps *heaps)
{
    free(heaps->all);
    *heaps = (struct zm_heaps){0};
}

/* ---- the tree ---- */

struct walk {
    const struct zm_heaps *heaps;
    void (*each)(const struct zm_live_heap_account *heap, int depth, void *arg);
    void *arg;
};

/* What a process tells may be anything: no deeper than there are heaps. */
static void walk_below(const struct walk *walk, uint32_t parent, int depth)
{
    const struct zm_heaps *heaps = walk->heaps;
    for (size_t i = 0; i < heaps->count && (size_t)depth <= heaps->count; i++) {
        const struct zm_live_heap_account *heap = &heaps->all[i];
        if (heap->parent != parent || heap->number == parent)
            continue;
        walk->each(heap, depth, walk->arg);
        walk_below(walk, heap->number, depth + 1);
    }
}

void zm_heaps_walk(const struct zm_heaps *heaps,
                   void (*each)(const struct zm_live_heap_account *heap, int depth, void *arg),
                   void *arg)
{
    const struct walk walk = {heaps, each, arg};
    walk_below(&walk, 0, 0);
}

/* ---- text ---- */

static const char *limit(uint64_t bytes, char *buf, size_t size)
{
    return bytes ? zm_with_unit(ZM_BYTES, (double)bytes, buf, size) : "-";
}

static void put_heap(const struct zm_live_heap_account *heap, int depth, void *out)
{
    char name[256], backend[128], used[32], peak[32], soft[32], hard[32], allocs[32];
    fprintf(out, "%10s %10s %10s %10s %9s %8" PRIu64 " %-16s %*s%s\n",
            zm_with_unit(ZM_BYTES, (double)(heap->allocated - heap->freed), used, sizeof used),
            zm_with_unit(ZM_BYTES, (double)heap->peak, peak, sizeof peak),
            limit(heap->soft, soft, sizeof soft), limit(heap->hard, hard, sizeof hard),
            zm_with_unit(ZM_COUNT, (double)heap->allocs, allocs, sizeof allocs), heap->refused,
            zm_printable(heap->backend, backend, sizeof backend), 2 * depth, "",
            zm_printable(heap->name, name, sizeof name));
}

void zm_heaps_text(const struct zm_heaps *heaps, FILE *out)
{
    if (!heaps->count)
        return;
    fputs("      used       peak       soft       hard    allocs  refused backend          heap\n",
          out);
    zm_heaps_walk(heaps, put_heap, out);
}

/* ---- JSON ---- */

static void append(const struct zm_live_heap_account *heap, int depth, void *array)
{
    char name[256], backend[128];
    (void)depth;
    json_array_append_new(
        array, json_pack("{s:I, s:I, s:s, s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}",
                         "number", (json_int_t)heap->number, "parent", (json_int_t)heap->parent,
                         "name", zm_printable(heap->name, name, sizeof name), "backend",
                         zm_printable(heap->backend, backend, sizeof backend), "used_bytes",
                         (json_int_t)(heap->allocated - heap->freed), "peak_bytes",
                         (json_int_t)heap->peak, "allocated_bytes", (json_int_t)heap->allocated,
                         "freed_bytes", (json_int_t)heap->freed, "allocs", (json_int_t)heap->allocs,
                         "frees", (json_int_t)heap->frees, "soft_bytes", (json_int_t)heap->soft,
                         "hard_bytes", (json_int_t)heap->hard, "reclaims",
                         (json_int_t)heap->reclaims, "refused", (json_int_t)heap->refused));
}

json_t *zm_heaps_json(const struct zm_heaps *heaps)
{
    json_t *array = json_array();
    if (array)
        zm_heaps_walk(heaps, append, array);
    return array;
}
