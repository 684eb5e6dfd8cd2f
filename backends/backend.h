/* The contract between the accounting layer above and one allocator below.
 *
 * A module translates; it has no policy: no message, no abort, no count. What an op returns is what
 * is counted, so for one block the `usable` of alloc* or resize must equal what release and usable
 * say of it later. All ops are thread-safe once init has returned 0.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_BACKENDS_BACKEND_H
#define ZM_BACKENDS_BACKEND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <zmalloc/backend.h>

#include "accounting/count.h"

ZMALLOC_BEGIN

struct zm_block {
    void *ptr; /* NULL: out of memory (any errno); then usable is 0 */
    size_t usable;
};

/* What a hot free has found out about a block: its usable bytes, and what else the module wants
 * release_found to have. */
struct zm_found {
    void *where;
    size_t usable;
};

/* The build tells a module its name, as users write it and as part of the names of its symbols,
 * so that one folder can be compiled for several versions of its allocator. */
#define ZM_MODULE_JOIN(module, name)      zm_##module##_##name
#define ZM_MODULE_SYMBOL_OF(module, name) ZM_MODULE_JOIN(module, name)
#define ZM_MODULE_SYMBOL(name)            ZM_MODULE_SYMBOL_OF(ZM_MODULE, name)

struct zm_front;
struct zm_heap_front;
struct zm_control;

struct zm_ops {
    const char *name;
    uint32_t caps;   /* ZMALLOC_CAP_* */
    size_t min_size; /* the public API raises smaller requests to this, where the allocator's
                        smallest blocks are not aligned to max_align_t; 0: they are */

    /* Mandatory. */

    const char *(*version)(void); /* static storage; works before init */

    /* Called once, before every other op. Returns 0 or -errno. Must not reach the process's own
     * malloc. */
    int (*init)(void);

    /* Any size, 0 included; sizes above PTRDIFF_MAX must fail. `align` is any power of two. */
    struct zm_block (*alloc)(size_t size);
    struct zm_block (*alloc_zeroed)(size_t size);
    struct zm_block (*alloc_aligned)(size_t align, size_t size);

    /* `ptr` is a live block and size is not 0. *old becomes its usable bytes before the call. A
     * failure leaves the block as it was. */
    struct zm_block (*resize)(void *ptr, size_t size, size_t *old);

    /* `ptr` is a live block, here and in the two below. */
    size_t (*usable)(const void *ptr);

    /* Returns the usable bytes given back. */
    size_t (*release)(void *ptr);

    /* `size` is what was asked for, or the usable bytes. Never for a block of alloc_aligned.
     * Returns the usable bytes given back. */
    size_t (*release_sized)(void *ptr, size_t size);

    /* Optional: what a failed init has found, in static storage. */
    const char *(*why)(void);

    /* Optional: the hot halves of alloc, and of usable and release together. A module has them
     * if it can write them without a call, so that the compiler need keep nothing over one;
     * only alloc_hot may call, and nothing but the allocator. With `raise`, a constant in every
     * call, the size is also raised to min_size: most allocators have a table in which that is
     * cheaper than by a comparison. `ptr` may be NULL. find_sized takes what release_sized
     * takes, and is there only where it is cheaper than find. */

    /* Returns ptr NULL if it can't serve; then alloc is called. With alloc_passes it begins with
     * zm_me, to pass one of the slot's doors (slots.h). */
    struct zm_block (*alloc_hot)(size_t size, bool raise);
    bool alloc_passes;
    /* Whether it passes, and can't serve again before it has given ZMALLOC_PEAK_SLACK bytes: then
     * the peak is left to alloc. */
    bool alloc_pauses;
    /* The same of alloc_aligned, for a size from 1 to ZM_ALIGNED_HOT; passes if alloc_hot does. */
    struct zm_block (*aligned_hot)(size_t align, size_t size, bool raise);
    /* These return usable 0 for a block that they don't know; then usable and release are
     * called. With find_passes they, and those in their place below, pass a door, too: so they
     * find nothing in a thread without a slot of its own. */
    struct zm_found (*find)(const void *ptr);
    struct zm_found (*find_sized)(const void *ptr, size_t size, bool raise);
    bool find_passes;
    void (*release_found)(void *ptr, struct zm_found found); /* may call */

    /* A find, passing if that does, which may be given any block that lives, another allocator's
     * too, and finds no others than its own. NULL: the module can't tell them, or not cheaply. */
    struct zm_found (*find_any)(const void *ptr);

    /* A module with totals has these in place of find and find_sized. They return true and have
     * done all that release and release_sized do, or they return false and have done nothing;
     * then those are called. */
    bool (*release_hot)(void *ptr);
    bool (*release_sized_hot)(void *ptr, size_t size, bool raise);
    /* But find it has too, for who must know the usable bytes first; then this is release_hot. */
    bool (*take_found)(void *ptr, struct zm_found found);

    /* Optional. */

    /* Where the allocator finds a function, once one is written there: it is called with all pages
     * that a block will be in, once they are the allocator's and before it gives the block, in any
     * thread. If it returns false they are not used. With `got` false, before pages are given back
     * to the system. A module that has this is compiled with ZM_PAGES_NOTED. */
    bool (**note_pages)(void *start, size_t bytes, bool got);

    /* For an allocator that keeps exact totals of the usable bytes of each thread: sets pointers
     * to those of the calling thread, which other threads may read as long as the thread lives.
     * The usable bytes that the other ops return are then not counted, and if a pure function
     * tells them they are not even computed. NULL: zmalloc counts them. */
    void (*totals)(const uint64_t **allocated, const uint64_t **freed);

    /* Statistics and steering, see control.h. NULL: none. */
    const struct zm_control *control;
};

#define ZM_ALIGNED_HOT 65536

/* The size whose block an allocator that rounds by classes has aligned. */
static inline size_t zm_multiple_of(size_t align, size_t size)
{
    return (size + align - 1) & ~(align - 1);
}

/* The ops that hand out and take blocks, for layers in front of them. The kinds of row are those
 * of ZM_FRONT_FUNCTIONS in front.h. */
#define ZM_OPS_FUNCTIONS(ALLOC, RESIZE, FREE, RELEASE, ASK)                              \
    ALLOC(BLOCK, alloc, (size_t size), (size), 0, size, alloc(size), NONE)               \
    ALLOC(BLOCK, alloc_zeroed, (size_t size), (size), 0, size, alloc_zeroed(size), NONE) \
    ALLOC(BLOCK, alloc_aligned, (size_t align, size_t size), (align, size), align, size, \
          alloc_aligned(align, size), NONE)                                              \
    RESIZE(BLOCK, resize, (void *ptr, size_t size, size_t *old), (ptr, size, old),       \
           resize(ptr, size, old), NONE)                                                 \
    ASK(usable, (const void *ptr), (ptr))                                                \
    RELEASE(release, (void *ptr), (ptr))                                                 \
    RELEASE(release_sized, (void *ptr, size_t size), (ptr, size))

/* A backend as the registry knows it: its ops, and the public functions made of them. */
struct zm_backend {
    const struct zm_ops *ops;
    const struct zm_front *front;
    /* For a process with heaps, while that front and no other is below their layer. NULL: it has no
     * such functions. */
    const struct zm_heap_front *heaps;
    /* For a process with several backends: the same allocator, its bytes counted by us. NULL: that
     * is so already. */
    const struct zm_backend *counted;
    /* For such a process: the public functions once more. These note in the map of owners whose
     * each block is, by the code, a number above 0 and the same for `counted`; or the pages of all
     * blocks are noted once begin_noting has been called. */
    const struct zm_front *noting;
    /* And those that take blocks of all backends, while new ones are this backend's. */
    const struct zm_front *running;
    void (*begin_noting)(void); /* before the backend is started; NULL: there is nothing to begin */
    unsigned code;
};

/* Starts the backend: once, before its front is used. Returns 0 or -errno. What it allocates
 * here is not counted. */
int zm_backend_start(const struct zm_backend *backend);

/* The backends of this build, in registry.c. */
extern const struct zm_backend *const zm_backends[];
extern const size_t zm_backend_total;
extern const size_t zm_backend_default; /* index of the build's default */

ZMALLOC_END

#endif
