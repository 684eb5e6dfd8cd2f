/* Which heap's block is it: a mark where each live block of a heap starts. What has no mark is no
 * heap's, whoever gave it and whenever, and whatever lies beside it in the same page.
 *
 * The map is by address, two bytes for each granule of memory: 128 bytes for blocks of 128 or more,
 * of which no two start in one granule, and 32 for smaller ones, which are raised to 32. So a mark
 * says whose the block is and where in its granule it starts, and only the block's owner writes
 * it: no lock and no atomic addition. It is set before the block leaves the library, and taken away
 * before its allocator gets it back.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_RUNTIME_HEAPS_MARKS_H
#define ZM_RUNTIME_HEAPS_MARKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "accounting/owners.h"
#include "base/compiler.h"

enum {
    ZM_MARKS_LEAF = 26, /* a leaf of the map is for 64 MiB, and mapped when first needed */
    ZM_MARKS_ADDRESS = sizeof(void *) == 8 ? 48 : 32,
    ZM_MARKS_TOP = ZM_MARKS_ADDRESS - ZM_MARKS_LEAF,
    ZM_MARKS_SMALL = 5, /* the granules' bits */
    ZM_MARKS_LARGE = 7,
    ZM_MARKS_UNIT = 3, /* where any block may start: the least alignment of all */
    ZM_MARKS_HEAP = ZM_MARKS_LARGE - ZM_MARKS_UNIT,
    ZM_MARKS_MOST = 1 << (16 - ZM_MARKS_HEAP), /* heaps are 1 .. most - 1 */
    ZM_MARKS_LEAST = 1 << ZM_MARKS_SMALL,      /* usable bytes of a block that can be marked */
    ZM_MARKS_PAGE = 11,                        /* bits of the marks in a page of the map */
    ZM_MARKS_MANY = ZM_MARKS_MOST,
};

struct zm_marks {
    uint16_t small[1 << (ZM_MARKS_LEAF - ZM_MARKS_SMALL)];
    uint16_t large[1 << (ZM_MARKS_LEAF - ZM_MARKS_LARGE)];
    /* Whose marks have ever been in a page of the above: 0, one heap's, or those of many. So that
     * all blocks of a heap are found without looking everywhere. */
    uint16_t small_of[1 << (ZM_MARKS_LEAF - ZM_MARKS_SMALL - ZM_MARKS_PAGE)];
    uint16_t large_of[1 << (ZM_MARKS_LEAF - ZM_MARKS_LARGE - ZM_MARKS_PAGE)];
    uintptr_t start; /* the first address that it is for */
    struct zm_marks *next;
};

extern ZM_HIDDEN struct zm_marks **zm_marks_top;

/* Once, before the others. False: no address space. */
bool zm_marks_start(void);

/* NULL: no block near it is a heap's. */
ZM_INLINE struct zm_marks *zm_marks_near(const void *ptr)
{
    uintptr_t index = (uintptr_t)ptr >> ZM_MARKS_LEAF;
    if (!ZM_OWNERS_ARE_ALL && ZM_UNLIKELY(index >> ZM_MARKS_TOP))
        return NULL;
    /* What is no address at all is looked up at one, lest the program dies here of it. */
    return __atomic_load_n(&zm_marks_top[index & (((uintptr_t)1 << ZM_MARKS_TOP) - 1)],
                           __ATOMIC_ACQUIRE);
}

ZM_INLINE size_t zm_mark_granule(const void *ptr, unsigned bits)
{
    return ((uintptr_t)ptr & (((uintptr_t)1 << ZM_MARKS_LEAF) - 1)) >> bits;
}

ZM_INLINE unsigned zm_mark_place(const void *ptr, unsigned bits)
{
    return (unsigned)((uintptr_t)ptr >> ZM_MARKS_UNIT) & ((1U << (bits - ZM_MARKS_UNIT)) - 1);
}

/* A block's mark and what it says; NULL: the block is no heap's. */
struct zm_marked {
    uint16_t *mark;
    unsigned is;
};

/* Whether a granule's mark is that of the block at ptr. */
ZM_INLINE bool zm_mark_is_of(unsigned is, const void *ptr, unsigned bits)
{
    unsigned differs = (unsigned)(uintptr_t)ptr ^ is << ZM_MARKS_UNIT;
    unsigned places = ((1U << bits) - 1) & ~((1U << ZM_MARKS_UNIT) - 1);
    return is && !(differs & places);
}

ZM_INLINE struct zm_marked zm_mark_of(const void *ptr)
{
    struct zm_marks *leaf = zm_marks_near(ptr);
    if (ZM_LIKELY(!leaf))
        return (struct zm_marked){NULL, 0};
    uint16_t *mark = &leaf->small[zm_mark_granule(ptr, ZM_MARKS_SMALL)];
    unsigned is = ZM_LOAD(*mark);
    if (zm_mark_is_of(is, ptr, ZM_MARKS_SMALL))
        return (struct zm_marked){mark, is};
    mark = &leaf->large[zm_mark_granule(ptr, ZM_MARKS_LARGE)];
    is = ZM_LOAD(*mark);
    if (zm_mark_is_of(is, ptr, ZM_MARKS_LARGE))
        return (struct zm_marked){mark, is};
    return (struct zm_marked){NULL, 0};
}

ZM_INLINE unsigned zm_marked_heap(struct zm_marked marked)
{
    return marked.is >> ZM_MARKS_HEAP;
}

/* Maps the leaf of this address. With `must`, one that is kept for the case may be used. False:
 * there is no memory, or the address is one that no system of this kind has. */
ZM_COLD bool zm_marks_map(const void *ptr, bool must);

/* Notes that a block of this heap is to be marked in its page of the map. */
ZM_COLD void zm_marks_share(struct zm_marks *leaf, const void *ptr, size_t usable, unsigned heap);

/* False, with nothing done: the page of the map must be noted as this heap's first. */
ZM_INLINE bool zm_mark_at(uint16_t *marks, const uint16_t *of, const void *ptr, unsigned bits,
                          unsigned heap)
{
    size_t granule = zm_mark_granule(ptr, bits);
    unsigned is = ZM_LOAD(of[granule >> ZM_MARKS_PAGE]);
    if (ZM_UNLIKELY(is != heap && is != ZM_MARKS_MANY))
        return false;
    ZM_STORE(marks[granule], (uint16_t)(heap << ZM_MARKS_HEAP | zm_mark_place(ptr, bits)));
    return true;
}

ZM_INLINE bool zm_mark_in(struct zm_marks *leaf, const void *ptr, size_t usable, unsigned heap)
{
    return usable >> ZM_MARKS_LARGE
               ? zm_mark_at(leaf->large, leaf->large_of, ptr, ZM_MARKS_LARGE, heap)
               : zm_mark_at(leaf->small, leaf->small_of, ptr, ZM_MARKS_SMALL, heap);
}

/* False: as zm_marks_map. */
ZM_INLINE bool zm_mark(const void *ptr, size_t usable, unsigned heap, bool must)
{
    struct zm_marks *leaf = zm_marks_near(ptr);
    if (ZM_UNLIKELY(!leaf)) {
        if (!zm_marks_map(ptr, must))
            return false;
        leaf = zm_marks_near(ptr);
    }
    while (ZM_UNLIKELY(!zm_mark_in(leaf, ptr, usable, heap)))
        zm_marks_share(leaf, ptr, usable, heap);
    return true;
}

ZM_INLINE void zm_unmark(struct zm_marked marked)
{
    ZM_STORE(*marked.mark, 0);
}

/* Calls `each` for the blocks of this heap, of which there are `count`; it may free them. Nobody
 * else may allocate from the heap or free its blocks meanwhile. */
void zm_marks_each(unsigned heap, uint64_t count, void (*each)(void *ptr, void *arg), void *arg);

/* In the child of a fork. */
void zm_marks_after_fork(void);

#endif
