/* A variant: one way to allocate, as loops that call it directly. Variants are compared with each
 * other.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_BENCH_OVERHEAD_VARIANT_H
#define ZM_BENCH_OVERHEAD_VARIANT_H

#include <stddef.h>
#include <stdint.h>

#define ZM_SLOTS_MAX 4096
#define ZM_DRAWS     32768 /* a power of two; they are drawn once, and used over and over */
#define ZM_ALIGNMENT 64    /* of the aligned operation */

/* What a thread works on. A draw has a slot in its low 12 bits, and above them a size minus 1. */
struct zm_window {
    const uint32_t *draws;
    size_t slots; /* in use, up to ZM_SLOTS_MAX */
    void *blocks[ZM_SLOTS_MAX];
    uint32_t sizes[ZM_SLOTS_MAX]; /* only the sized operation keeps them */
};

static inline size_t zm_draw_slot(uint32_t draw)
{
    return draw & (ZM_SLOTS_MAX - 1);
}

static inline size_t zm_draw_size(uint32_t draw)
{
    return (draw >> 12) + 1;
}

/* Runs `count` operations. */
typedef void zm_loop(struct zm_window *window, size_t count);

enum zm_operation {
    ZM_MALLOC,  /* frees a random slot's block, puts a new one there, and writes its first byte */
    ZM_CALLOC,  /* the same, with calloc */
    ZM_REALLOC, /* the same, and the new block grows three times by half */
    ZM_ALIGNED, /* the same, with ZM_ALIGNMENT */
    ZM_SIZED,   /* the same, with a free that gets the size */
    ZM_LAST,    /* allocates and frees one block: the hot path and nothing else */
    ZM_OPERATIONS
};

struct zm_variant {
    const char *name;
    const char *text; /* what it is, for people */
    zm_loop *loops[ZM_OPERATIONS];
    zm_loop *fill;     /* puts a block into every slot from 0 on, and its size beside it */
    zm_loop *empty;    /* frees those blocks */
    int (*init)(void); /* is called first; may be NULL */
    /* Used memory and the backend's name, of a layer that knows them; else NULL. */
    size_t (*used)(void);
    const char *(*backend)(void);
};

/* Each of these is in a shared object that has its own instance of the allocator. If variants
 * shared one, each would find memory as warm as the last one left it, except for zmalloc, whose
 * instance is in libzmalloc. */
#define ZM_VARIANT_API __attribute__((visibility("default")))
ZM_VARIANT_API const struct zm_variant *zm_variant_direct(void);
ZM_VARIANT_API const struct zm_variant *zm_variant_plain(void);
ZM_VARIANT_API const struct zm_variant *zm_variant_fixed(void);
ZM_VARIANT_API const struct zm_variant *zm_variant_one_atomic(void);
ZM_VARIANT_API const struct zm_variant *zm_variant_padded_slots(void);
/* These are in the program itself. */
const struct zm_variant *zm_variant_static(void);
const struct zm_variant *zm_variant_chosen(void);
const struct zm_variant *zm_variant_no_op(void);

#endif
