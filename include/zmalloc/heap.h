/* Heaps of the program's own: a name, an allocator of its choice, limits, and an account for each.
 *
 *     struct zmalloc_heap_options options = {
 *         .struct_size = sizeof options, .name = "cache", .backend = "jemalloc",
 *         .hard_limit = 512 << 20};
 *     zmalloc_heap *cache = zmalloc_heap_create(&options);
 *     char *page = zmalloc_heap_malloc(cache, 16384);
 *     zfree(page);
 *
 * A heap's blocks are blocks like all others: zfree, zrealloc, zmalloc_size and everything else
 * that takes a pointer takes them too, in any thread, and the process's account counts them. Where
 * they are freed, resized or asked for their size, the library finds the heap. zrealloc, also with
 * flags, keeps a block in its heap.
 *
 * Until a program makes its first heap nothing of this runs. Afterwards each free, resize and
 * question for a size looks into a map first: docs/heaps.md has what that costs.
 *
 * Thread-safe, but that nobody may use a heap while it is emptied or destroyed. Not for signal
 * handlers. The functions that give a block return NULL and set errno if they can't: ENOMEM (no
 * memory, or a hard limit), EINVAL (heap NULL or destroyed); none calls the OOM handler. The others
 * return 0 or a negative errno.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZMALLOC_HEAP_H
#define ZMALLOC_HEAP_H

#include <stddef.h>
#include <stdint.h>
#include <zmalloc/export.h>

ZMALLOC_BEGIN

typedef struct zmalloc_heap zmalloc_heap;

/* There may be this many heaps at once. */
#define ZMALLOC_HEAPS_MOST 4095

/* ---- make and destroy ---- */

/* Both limits are of used bytes as zmalloc_heap_get_usage tells them, children included, and an
 * allocation asks those of its heap and of all parents:
 *  - soft: when used bytes would pass it `reclaim` is called, and the allocation then succeeds
 *    whatever came of it;
 *  - hard: when used bytes would pass it `reclaim` is called as long as it gives something back; if
 *    there is still no room the allocation fails. Used bytes never pass it, but by what `reclaim`
 *    itself allocates, and by what a resized block is rounded up.
 * The process's own limit (zmalloc/limit.h) counts too. */
struct zmalloc_heap_options {
    uint32_t struct_size; /* in: sizeof(struct zmalloc_heap_options) */
    uint32_t reserved;    /* 0 */
    const char *name;     /* letters, digits and '_', no digit first, at most 47 bytes; copied. Two
                             heaps may have the same */
    const char *backend;  /* of those that are built in; NULL: as plain blocks */
    uint64_t soft_limit;  /* bytes; 0: none */
    uint64_t hard_limit;  /* bytes; 0: none */

    /* Frees about `wanted` bytes of the heap, and returns how many; 0 if there is nothing to be
     * had. May be NULL. Called in the thread that allocates, with no lock of this library held;
     * never while it, or the process's own, runs in the same thread already. May be left by
     * longjmp or an exception. */
    size_t (*reclaim)(size_t wanted, void *arg);
    void *arg;

    zmalloc_heap *parent; /* NULL: none */
};

/* NULL, with errno
 *   EINVAL   struct_size, name, a soft limit above the hard one, or a parent that is destroyed
 *   ENOENT   there is no backend of that name in this build
 *   ENOTSUP  a backend other than the running one under ZMALLOC_WRAP; or one that the process was
 *            switched late from and that counts its own bytes (docs/switching.md); or the choice of
 *            the process's own backend is still being made
 *   EBUSY    the process was forked just while another thread was starting that backend
 *   ENOSPC   there are ZMALLOC_HEAPS_MOST heaps
 *   ENOMEM   no memory, or no address space, for the heap or the map
 *   EDEADLK  called by a signal handler that has interrupted zmalloc_heap_create or _destroy, or
 *            a late zmalloc_switch_backend
 * or what the backend could not start with, or the system's refusal to let the library's table of
 * functions be written. Nothing has changed then.
 *
 * A backend other than the running one is started by the first heap that wants it, and stays. Its
 * fork handlers are then younger than those that the program has registered: a handler for
 * "prepare" may not allocate from such a heap. */
ZMALLOC_API zmalloc_heap *zmalloc_heap_create(const struct zmalloc_heap_options *options);

/* 0, and the heap is no more; NULL does nothing. -EBUSY: it has live blocks or children, of which
 * *left says how many bytes (`left` may be NULL), or a `reclaim` that has not returned; then it is
 * as before. -EINVAL: it is destroyed already. -EDEADLK: as above. */
ZMALLOC_API int zmalloc_heap_destroy(zmalloc_heap *heap, size_t *left);

/* Frees all blocks of the heap, not those of its children, and returns how many bytes these were:
 * under any allocator, by looking through the map, which takes about a millisecond for each 64 MiB
 * of addresses in which heaps have blocks. -EINVAL: NULL or destroyed. */
ZMALLOC_API int64_t zmalloc_heap_free_all(zmalloc_heap *heap);

/* Other limits, as in the options; 0: none. `reclaim` stays. A hard limit below what is used frees
 * nothing by itself: from then on allocations call `reclaim`, and fail. Thread-safe, also while
 * others allocate. -EINVAL: NULL or destroyed, or a soft limit above the hard one. -ENOTSUP: it was
 * made with none, so that what is used is not counted in one place; a hard limit of UINT64_MAX is
 * one that is never reached. -EDEADLK: as above. */
ZMALLOC_API int zmalloc_heap_set_limits(zmalloc_heap *heap, uint64_t soft_limit,
                                        uint64_t hard_limit);

/* ---- allocate ---- */

ZMALLOC_API void *zmalloc_heap_malloc(zmalloc_heap *heap, size_t size)
    ZMALLOC_ATTR((malloc, alloc_size(2)));
ZMALLOC_API void *zmalloc_heap_calloc(zmalloc_heap *heap, size_t num, size_t size)
    ZMALLOC_ATTR((malloc, alloc_size(2, 3)));
/* `align` is a power of two, else EINVAL. */
ZMALLOC_API void *zmalloc_heap_aligned_alloc(zmalloc_heap *heap, size_t align, size_t size)
    ZMALLOC_ATTR((malloc, alloc_size(3)));
ZMALLOC_API char *zmalloc_heap_strdup(zmalloc_heap *heap, const char *str) ZMALLOC_ATTR((malloc));

/* The resized block is this heap's, whosever it was: from another heap, or from none, its contents
 * move. ptr NULL allocates; size 0 frees and returns NULL. A failure leaves the block as it was. */
ZMALLOC_API void *zmalloc_heap_realloc(zmalloc_heap *heap, void *ptr, size_t size)
    ZMALLOC_ATTR((alloc_size(3)));

/* ---- the account ---- */

/* A thread tells of its growth in a heap in batches: between two reports the peak may be too low by
 * this many bytes for each thread, or by 1/64 of itself if that is more. It is never above the
 * truth, and never below a used_bytes that any caller has been told. */
#define ZMALLOC_HEAP_PEAK_SLACK 8192

/* All of it with what is in its children, and in those that are no more. Exact when no call is in
 * flight, whichever threads have allocated and freed. A resized block counts as one allocation and
 * one free. */
struct zmalloc_heap_usage {
    uint32_t struct_size;     /* in: sizeof(struct zmalloc_heap_usage) */
    uint32_t children;        /* not theirs */
    uint64_t used_bytes;      /* allocated_bytes - freed_bytes: usable bytes of live blocks */
    uint64_t peak_bytes;      /* highest used_bytes */
    uint64_t allocated_bytes; /* ever */
    uint64_t freed_bytes;
    uint64_t allocs; /* blocks ever handed out */
    uint64_t frees;
    uint64_t soft_limit, hard_limit;
    uint64_t reclaims; /* calls of its `reclaim` */
    uint64_t refused;  /* allocations that failed for its hard limit, in the heap or a child */
};

/* 0; -EINVAL: heap NULL or destroyed, out NULL, or a bad struct_size. */
ZMALLOC_API int zmalloc_heap_get_usage(zmalloc_heap *heap, struct zmalloc_heap_usage *out);

/* The name, good as long as the heap; NULL for NULL or a heap that is destroyed. */
ZMALLOC_API const char *zmalloc_heap_name(const zmalloc_heap *heap);

/* The heap that a live block is from; NULL: from none. */
ZMALLOC_API zmalloc_heap *zmalloc_heap_of(const void *ptr);

ZMALLOC_END

#endif
