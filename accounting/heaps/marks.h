/* Which heap's block is it: a mark where each live block of a heap starts. What has no mark is no
 * heap's, whoever gave it and whenever, and whatever lies beside it in the same page.
 *
 * There are three maps by address, each with two bytes for a granule of memory: of 256 bytes for
 * blocks that have 256 usable bytes or more, so that no two start in one granule, of 128 for those
 * that have fewer, and of 32 for those below 128, which are raised to 32. So a mark says whose the
 * block is and where in its granule it starts, and only the block's owner writes it: no lock and no
 * atomic addition. It is set before the block leaves the library, and taken away before its
 * allocator gets it back. Who knows a block's usable bytes looks in one map; others look in all.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_ACCOUNTING_HEAPS_MARKS_H
#define ZM_ACCOUNTING_HEAPS_MARKS_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "accounting/owners.h"
#include "base/compiler.h"

ZMALLOC_BEGIN

enum {
    ZM_MARKS_LEAF = 26, /* a leaf of the map is for 64 MiB, and mapped when first needed */
    ZM_MARKS_ADDRESS = sizeof(void *) == 8 ? 48 : 32,
    ZM_MARKS_TOP = ZM_MARKS_ADDRESS - ZM_MARKS_LEAF,
    ZM_MARKS_SMALL = 5, /* the granules' bits */
    ZM_MARKS_MIDDLE = 7,
    ZM_MARKS_LARGE = sizeof(void *) == 8 ? 8 : 7,
    ZM_MARKS_UNIT = 3, /* where any block may start: the least alignment of all */
    ZM_MARKS_HEAP =
        4, /* a mark: the number of its heap, and below so many bits the block's place */
    ZM_MARKS_MOST = 1 << (16 - ZM_MARKS_HEAP), /* heaps are 1 .. most - 1 */
    ZM_MARKS_LEAST = 1 << ZM_MARKS_SMALL,      /* usable bytes of a block that can be marked */
    ZM_MARKS_PAGE = 11,                        /* bits of the marks in a page of the map */
    ZM_MARKS_MANY = 1,                         /* no heap's */
};

struct zm_marks {
    uint16_t small[1 << (ZM_MARKS_LEAF - ZM_MARKS_SMALL)];
    uint16_t middle[1 << (ZM_MARKS_LEAF - ZM_MARKS_MIDDLE)];
    uint16_t large[1 << (ZM_MARKS_LEAF - ZM_MARKS_LARGE)];
    /* Whose marks have ever been in a page of the above: 0, one heap's own mark, or many's. So that
     * all blocks of a heap are found without looking everywhere. */
    uint16_t small_of[1 << (ZM_MARKS_LEAF - ZM_MARKS_SMALL - ZM_MARKS_PAGE)];
    uint16_t middle_of[1 << (ZM_MARKS_LEAF - ZM_MARKS_MIDDLE - ZM_MARKS_PAGE)];
    uint16_t large_of[1 << (ZM_MARKS_LEAF - ZM_MARKS_LARGE - ZM_MARKS_PAGE)];
    uintptr_t start; /* the first address that it is for */
    struct zm_marks *next;
};

extern ZM_HIDDEN struct zm_marks **zm_marks_top;

/* Once, before the others. False: no address space. */
bool zm_marks_start(void);

/* NULL: no block near it is a heap's. The first is for the address of a block. */
ZM_INLINE struct zm_marks *zm_marks_near_block(const void *ptr)
{
    uintptr_t index = (uintptr_t)ptr >> ZM_MARKS_LEAF;
    if (!ZM_OWNERS_ARE_ALL && ZM_UNLIKELY(index >> ZM_MARKS_TOP))
        return NULL;
    return __atomic_load_n(&zm_marks_top[index], __ATOMIC_ACQUIRE);
}

/* What is no address at all is looked up at one, lest the program dies here of it. */
ZM_INLINE struct zm_marks *zm_marks_near(const void *ptr)
{
    if (ZM_OWNERS_ARE_ALL)
        ptr = (const void *)((uintptr_t)ptr & (UINTPTR_MAX >> (8 * sizeof ptr - ZM_MARKS_ADDRESS)));
    return zm_marks_near_block(ptr);
}

ZM_INLINE size_t zm_mark_granule(const void *ptr, unsigned bits)
{
    return ((uintptr_t)ptr & (((uintptr_t)1 << ZM_MARKS_LEAF) - 1)) >> bits;
}

/* Where in its granule a block starts. Of 256 bytes and more none starts at an odd multiple of 8
 * where a granule has that many: what can hold a long double is aligned for one. */
ZM_INLINE unsigned zm_mark_unit(unsigned bits)
{
    return bits > ZM_MARKS_UNIT + ZM_MARKS_HEAP ? bits - ZM_MARKS_HEAP : (unsigned)ZM_MARKS_UNIT;
}

ZM_INLINE unsigned zm_mark_place(const void *ptr, unsigned bits)
{
    unsigned unit = zm_mark_unit(bits);
    return (unsigned)((uintptr_t)ptr >> unit) & ((1U << (bits - unit)) - 1);
}

/* A block's mark and what it says; NULL: the block is no heap's. */
struct zm_marked {
    uint16_t *mark;
    unsigned is;
};

/* Whether a granule's mark is that of the block at ptr. */
ZM_INLINE bool zm_mark_is_of(unsigned is, const void *ptr, unsigned bits)
{
    unsigned unit = zm_mark_unit(bits), places = (1U << bits) - (1U << unit);
    return is && !(((unsigned)(uintptr_t)ptr ^ is << unit) & places);
}

ZM_INLINE struct zm_marked zm_mark_at(uint16_t *marks, const void *ptr, unsigned bits)
{
    uint16_t *mark = &marks[zm_mark_granule(ptr, bits)];
    unsigned is = ZM_LOAD(*mark);
    if (zm_mark_is_of(is, ptr, bits))
        return (struct zm_marked){mark, is};
    return (struct zm_marked){NULL, 0};
}

ZM_INLINE struct zm_marked zm_mark_of(const void *ptr)
{
    struct zm_marks *leaf = zm_marks_near(ptr);
    if (ZM_LIKELY(!leaf))
        return (struct zm_marked){NULL, 0};
    struct zm_marked marked = zm_mark_at(leaf->small, ptr, ZM_MARKS_SMALL);
    if (!marked.mark)
        marked = zm_mark_at(leaf->middle, ptr, ZM_MARKS_MIDDLE);
    return marked.mark ? marked : zm_mark_at(leaf->large, ptr, ZM_MARKS_LARGE);
}

/* The same of a block of so many usable bytes. */
ZM_INLINE struct zm_marked zm_mark_of_sized(const void *ptr, size_t usable)
{
    struct zm_marks *leaf = zm_marks_near_block(ptr);
    if (ZM_LIKELY(!leaf))
        return (struct zm_marked){NULL, 0};
    if (usable >> ZM_MARKS_LARGE)
        return zm_mark_at(leaf->large, ptr, ZM_MARKS_LARGE);
    return usable >> ZM_MARKS_MIDDLE ? zm_mark_at(leaf->middle, ptr, ZM_MARKS_MIDDLE)
                                     : zm_mark_at(leaf->small, ptr, ZM_MARKS_SMALL);
}

/* What a heap's marks have in common. */
ZM_INLINE unsigned zm_mark_of_heap(unsigned number)
{
    return number << ZM_MARKS_HEAP;
}

ZM_INLINE unsigned zm_marked_heap(struct zm_marked marked)
{
    return marked.is >> ZM_MARKS_HEAP;
}

/* Maps the leaf of this address. With `must`, one that is kept for the case may be used. False:
 * there is no memory, or the address is one that no system of this kind has. */
ZM_COLD bool zm_marks_map(const void *ptr, bool must);

/* Notes that a block of this heap is to be marked in its page of the map. */
ZM_COLD void zm_marks_share(struct zm_marks *leaf, const void *ptr, size_t usable,
                            unsigned of_heap);

/* False, with nothing done: the page of the map must be noted as this heap's first. */
ZM_INLINE bool zm_mark_set(uint16_t *marks, const uint16_t *of, const void *ptr, unsigned bits,
                           unsigned of_heap)
{
    size_t granule = zm_mark_granule(ptr, bits);
    unsigned is = ZM_LOAD(of[granule >> ZM_MARKS_PAGE]);
    if (ZM_UNLIKELY(is != of_heap && is != ZM_MARKS_MANY))
        return false;
    assert((uintptr_t)ptr % (1U << zm_mark_unit(bits)) == 0);
    ZM_STORE(marks[granule], (uint16_t)(of_heap | zm_mark_place(ptr, bits)));
    return true;
}

ZM_INLINE bool zm_mark_in(struct zm_marks *leaf, const void *ptr, size_t usable, unsigned of_heap)
{
    if (usable >> ZM_MARKS_LARGE)
        return zm_mark_set(leaf->large, leaf->large_of, ptr, ZM_MARKS_LARGE, of_heap);
    return usable >> ZM_MARKS_MIDDLE
               ? zm_mark_set(leaf->middle, leaf->middle_of, ptr, ZM_MARKS_MIDDLE, of_heap)
               : zm_mark_set(leaf->small, leaf->small_of, ptr, ZM_MARKS_SMALL, of_heap);
}

/* False: as zm_marks_map. */
ZM_INLINE bool zm_mark(const void *ptr, size_t usable, unsigned of_heap, bool must)
{
    struct zm_marks *leaf = zm_marks_near(ptr);
    if (ZM_UNLIKELY(!leaf)) {
        if (!zm_marks_map(ptr, must))
            return false;
        leaf = zm_marks_near(ptr);
    }
    while (ZM_UNLIKELY(!zm_mark_in(leaf, ptr, usable, of_heap)))
        zm_marks_share(leaf, ptr, usable, of_heap);
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

ZMALLOC_END

#endif
