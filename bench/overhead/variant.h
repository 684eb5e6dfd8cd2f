/* One way to allocate, as loops that call it directly: what is measured against each other.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_BENCH_OVERHEAD_VARIANT_H
#define ZM_BENCH_OVERHEAD_VARIANT_H

#include <stddef.h>
#include <stdint.h>

#define ZM_SLOTS_MAX 4096
#define ZM_DRAWS     32768 /* a power of two; drawn once, gone through over and over */
#define ZM_ALIGNMENT 64    /* of the aligned operation */

/* What one thread works on. A draw is a slot (low 12 bits) and a size less 1 (20 bits). */
struct zm_window {
    const uint32_t *draws;
    size_t slots; /* in use, up to ZM_SLOTS_MAX */
    void *blocks[ZM_SLOTS_MAX];
    uint32_t sizes[ZM_SLOTS_MAX]; /* kept by the sized operation alone */
};

static inline size_t zm_draw_slot(uint32_t draw)
{
    return draw & (ZM_SLOTS_MAX - 1);
}

static inline size_t zm_draw_size(uint32_t draw)
{
    return (draw >> 12) + 1;
}

/* Each does `count` operations. */
typedef void zm_loop(struct zm_window *window, size_t count);

enum zm_operation {
    ZM_MALLOC,  /* a random slot's block freed, another put there, its first byte written */
    ZM_CALLOC,  /* the same with calloc */
    ZM_REALLOC, /* the same, and the new block grown three times by half */
    ZM_ALIGNED, /* the same with ZM_ALIGNMENT */
    ZM_SIZED,   /* malloc, and a free that is told the size */
    ZM_LAST,    /* malloc and free of that block: the hot path and nothing else */
    ZM_OPERATIONS
};

struct zm_variant {
    const char *name;
    const char *text; /* what it is, for people */
    zm_loop *loops[ZM_OPERATIONS];
    zm_loop *fill;     /* a block for every slot from 0 on, and its size */
    zm_loop *empty;    /* frees them */
    int (*init)(void); /* before all else; NULL: no need */
    /* Of a layer that tells them, else NULL: */
    size_t (*used)(void);
    const char *(*backend)(void);
};

/* Each is in a shared object with an instance of the allocator of its own: in a shared one the
 * variants would find memory as warm as the one before left it, and ours, whose instance is in
 * libzmalloc, would not. */
#define ZM_VARIANT_API __attribute__((visibility("default")))
ZM_VARIANT_API const struct zm_variant *zm_variant_direct(void);
ZM_VARIANT_API const struct zm_variant *zm_variant_plain(void);
ZM_VARIANT_API const struct zm_variant *zm_variant_fixed(void);
ZM_VARIANT_API const struct zm_variant *zm_variant_one_atomic(void);
ZM_VARIANT_API const struct zm_variant *zm_variant_padded_slots(void);
/* In the program itself: */
const struct zm_variant *zm_variant_static(void);
const struct zm_variant *zm_variant_chosen(void);
const struct zm_variant *zm_variant_no_op(void);

#endif
