/* What an allocator can be asked and told besides allocating: the cold half of a module.
 *
 * Every member may be NULL: then the allocator can't do it. The capability bits are made from which
 * members are there. Functions return 0 or -errno. A backend that wraps another passes on only what
 * neither hands out nor takes blocks.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_BACKENDS_CONTROL_H
#define ZM_BACKENDS_CONTROL_H

#include <stdbool.h>
#include <zmalloc/allocator.h>

#include "backend.h"

ZMALLOC_BEGIN

/* ZMALLOC_ARENA(n): its bits, and n. */
#define ZM_ARENA_FLAGS     0xfff00000U
#define ZM_ARENA_OF(flags) (((uint32_t)(flags) >> 20) - 1)

/* ZMALLOC_NO_TCACHE and ZMALLOC_TCACHE(n): their bits, and n; n of the former is UINT32_MAX. */
#define ZM_TCACHE_FLAGS     0xfff00U
#define ZM_TCACHE_OF(flags) ((((uint32_t)(flags)&ZM_TCACHE_FLAGS) >> 8) - 2)

/* The slab that a block lies in, and those that it might move to. */
struct zm_slab {
    size_t used, room;         /* blocks in it, and how many fit; below 2: it is no slab */
    size_t all_used, all_room; /* in all slabs of this size; 0, 0 if this one is full */
    bool current;              /* new blocks come from this one */
};

struct zm_control {
    uint32_t tells; /* ZMALLOC_ALLOCATOR_*: what info can fill in */
    uint32_t cost;  /* ZMALLOC_COST_*, of a refreshed sample */

    /* These fill in the figures that they know, their bits, age_ns, and cost if it is not the one
     * above. All of it is 0 before. */
    int (*info)(bool refresh, struct zmalloc_allocator_info *out);
    int (*arena_info)(uint32_t arena, bool refresh, struct zmalloc_allocator_info *out);

    int (*purge)(void);
    int (*set_background)(bool on);
    int (*get_background)(bool *on);
    int (*set_decay)(int which, int64_t ms); /* ZMALLOC_DECAY_*, -1 .. */
    int (*get_decay)(int which, int64_t *ms);
    int (*flush)(void);

    int (*arena_create)(uint32_t *arena);
    int (*arena_destroy)(uint32_t arena);
    int (*arena_assign)(uint32_t arena);
    int (*arena_assigned)(uint32_t *arena);
    bool thread_arenas; /* whether only the thread that created an arena can use it */

    int (*tcache_create)(uint32_t *cache);
    int (*tcache_flush)(uint32_t cache); /* -EINVAL: not one */
    int (*tcache_destroy)(uint32_t cache);
    bool (*has_tcache)(uint32_t cache);

    /* jemalloc's mallctl, but that it returns -errno, and malloc_stats_print. */
    int (*ctl)(const char *name, void *old, size_t *old_size, void *new_value, size_t new_size);
    void (*print)(void (*write)(void *, const char *), void *opaque, const char *options);

    /* The usable bytes that a block of this size would have. */
    size_t (*good_size)(size_t size);

    /* Flagged blocks. `flags` are those of zmalloc/allocator.h that these functions know; others
     * never reach them. Sizes are as in zm_ops, and what they return is counted as there. */
    uint32_t flags;
    bool (*has_arena)(uint32_t arena); /* that the calling thread may allocate from */
    struct zm_block (*alloc_flags)(size_t size, int flags);
    struct zm_block (*resize_flags)(void *ptr, size_t size, int flags, size_t *old); /* or NULL */
    size_t (*release_flags)(void *ptr, int flags); /* needed for ZMALLOC_NO_TCACHE alone */

    /* Tells the slabs of `count` live blocks. Other threads go on meanwhile, so the answers may be
     * out of date. */
    int (*slabs)(void *const *ptrs, size_t count, struct zm_slab *out);

    /* Comes with slabs: a new block for what is in `ptr`, from the same arena and past the
     * thread's cache. */
    struct zm_block (*alloc_near)(const void *ptr, size_t size);
};

ZMALLOC_END

#endif
