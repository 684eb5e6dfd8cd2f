/* The loops of a variant, as a template. The file of each variant includes it once, after defining
 *
 *   VARIANT, the name of the function that returns the variant,
 *   VARIANT_NAME and VARIANT_TEXT, as in struct zm_variant,
 *   v_malloc, v_calloc(size), v_realloc, v_aligned(align, size), v_free and v_free_sized as
 *   functions, inline where they can be, so that no call goes through a pointer,
 *   and v_init, v_used and v_backend, as in struct zm_variant, if there are any.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_BENCH_OVERHEAD_LOOPS_TMPL_H
#define ZM_BENCH_OVERHEAD_LOOPS_TMPL_H

#include "variant.h"

#ifndef v_init
#    define v_init NULL
#endif
#ifndef v_used
#    define v_used    NULL
#    define v_backend NULL
#endif

static inline void touch(void *block)
{
    *(volatile char *)block = 1;
}

static void loop_malloc(struct zm_window *w, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        uint32_t draw = w->draws[i & (ZM_DRAWS - 1)];
        void **block = &w->blocks[zm_draw_slot(draw)];
        v_free(*block);
        *block = v_malloc(zm_draw_size(draw));
        touch(*block);
    }
}

static void loop_calloc(struct zm_window *w, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        uint32_t draw = w->draws[i & (ZM_DRAWS - 1)];
        void **block = &w->blocks[zm_draw_slot(draw)];
        v_free(*block);
        *block = v_calloc(zm_draw_size(draw));
        touch(*block);
    }
}

static void loop_realloc(struct zm_window *w, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        uint32_t draw = w->draws[i & (ZM_DRAWS - 1)];
        void **block = &w->blocks[zm_draw_slot(draw)];
        v_free(*block);
        size_t size = zm_draw_size(draw);
        void *grown = v_malloc(size);
        touch(grown);
        for (int step = 0; step < 3; step++) {
            size += size / 2 + 1;
            grown = v_realloc(grown, size);
        }
        *block = grown;
    }
}

static void loop_aligned(struct zm_window *w, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        uint32_t draw = w->draws[i & (ZM_DRAWS - 1)];
        void **block = &w->blocks[zm_draw_slot(draw)];
        v_free(*block);
        *block = v_aligned(ZM_ALIGNMENT, zm_draw_size(draw));
        touch(*block);
    }
}

static void loop_sized(struct zm_window *w, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        uint32_t draw = w->draws[i & (ZM_DRAWS - 1)];
        size_t slot = zm_draw_slot(draw), size = zm_draw_size(draw);
        v_free_sized(w->blocks[slot], w->sizes[slot]);
        w->sizes[slot] = (uint32_t)size;
        w->blocks[slot] = v_malloc(size);
        touch(w->blocks[slot]);
    }
}

static void loop_last(struct zm_window *w, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        void *block = v_malloc(zm_draw_size(w->draws[i & (ZM_DRAWS - 1)]));
        touch(block);
        v_free(block);
    }
}

static void loop_fill(struct zm_window *w, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        size_t size = zm_draw_size(w->draws[i & (ZM_DRAWS - 1)]);
        w->sizes[i] = (uint32_t)size;
        w->blocks[i] = v_malloc(size);
        touch(w->blocks[i]);
    }
}

static void loop_empty(struct zm_window *w, size_t count)
{
    for (size_t i = 0; i < count; i++)
        v_free(w->blocks[i]);
}

static const struct zm_variant variant = {
    .name = VARIANT_NAME,
    .text = VARIANT_TEXT,
    .loops = {[ZM_MALLOC] = loop_malloc,
              [ZM_CALLOC] = loop_calloc,
              [ZM_REALLOC] = loop_realloc,
              [ZM_ALIGNED] = loop_aligned,
              [ZM_SIZED] = loop_sized,
              [ZM_LAST] = loop_last},
    .fill = loop_fill,
    .empty = loop_empty,
    .init = v_init,
    .used = v_used,
    .backend = v_backend,
};

const struct zm_variant *VARIANT(void)
{
    return &variant;
}

#endif
