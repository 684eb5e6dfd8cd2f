/* SPDX-License-Identifier: BSD-3-Clause */
#include "marks.h"

#include <assert.h>
#include <errno.h>
#include <sys/mman.h>

#include "base/wait.h"
#include "memory.h"

struct zm_marks **zm_marks_top;

/* For a resized block, which can't be refused any more. */
static struct zm_marks *kept;

static struct zm_marks *all; /* in the order of their making, the last one first */
static zm_lock adding = ZM_LOCK_INIT;

bool zm_marks_start(void)
{
    if (!zm_marks_top)
        zm_marks_top = zm_heap_map(sizeof *zm_marks_top << ZM_MARKS_TOP);
    return zm_marks_top;
}

static void keep_one(void)
{
    struct zm_marks *none = NULL;
    struct zm_marks *leaf = ZM_LOAD(kept) ? NULL : zm_heap_map(sizeof *leaf);
    if (leaf &&
        !__atomic_compare_exchange_n(&kept, &none, leaf, false, __ATOMIC_RELEASE, __ATOMIC_RELAXED))
        munmap(leaf, sizeof *leaf);
}

/* Whoever finds it at its place also finds it among all. */
static bool add(struct zm_marks *leaf, uintptr_t index)
{
    leaf->start = index << ZM_MARKS_LEAF; /* first touched here, where nobody waits for the page */
    zm_lock_take(&adding);
    bool first = !zm_marks_top[index];
    if (first) {
        leaf->next = all;
        ZM_PUBLISH(all, leaf);
        ZM_PUBLISH(zm_marks_top[index], leaf);
    }
    zm_lock_give(&adding);
    return first;
}

bool zm_marks_map(const void *ptr, bool must)
{
    uintptr_t index = (uintptr_t)ptr >> ZM_MARKS_LEAF;
    if (index >> ZM_MARKS_TOP)
        return false;
    int saved_errno = errno;
    keep_one();
    /* Thousands of threads may ask at once, of which one has to map it. */
    struct zm_marks *leaf = zm_marks_near(ptr) ? NULL : zm_heap_map(sizeof *leaf);
    if (!leaf && must && !zm_marks_near(ptr))
        leaf = __atomic_exchange_n(&kept, NULL, __ATOMIC_ACQUIRE);
    if (leaf && !add(leaf, index))
        munmap(leaf, sizeof *leaf); /* another thread was quicker */
    errno = saved_errno;
    return zm_marks_near(ptr) != NULL;
}

void zm_marks_after_fork(void)
{
    zm_lock_give(&adding);
}

/* ---- all of a heap ---- */

/* Four marks at a time: most are none. */
typedef uint64_t __attribute__((may_alias)) four_marks;
enum { AT_ONCE = sizeof(four_marks) / sizeof(uint16_t) };

struct search {
    unsigned of_heap;
    uint64_t left; /* to be found */
    void (*each)(void *ptr, void *arg);
    void *arg;
};

/* Those of a page; the first is of the granule at `start`. */
static void search_page(struct search *search, const uint16_t *marks, uintptr_t start,
                        unsigned bits)
{
    for (size_t at = 0; at < (size_t)1 << ZM_MARKS_PAGE && search->left; at += AT_ONCE) {
        if (!ZM_LOAD(*(const four_marks *)&marks[at]))
            continue;
        for (size_t i = at; i < at + AT_ONCE; i++) {
            unsigned mark = ZM_LOAD(marks[i]);
            if ((mark ^ search->of_heap) >> ZM_MARKS_HEAP)
                continue;
            uintptr_t place = mark & ((1U << ZM_MARKS_HEAP) - 1);
            search->left -= search->left != 0;
            search->each((void *)(start + (i << bits) + (place << zm_mark_unit(bits))),
                         search->arg);
        }
    }
}

static void search_in(struct search *search, const uint16_t *marks, const uint16_t *of,
                      uintptr_t start, unsigned bits)
{
    size_t pages = (size_t)1 << (ZM_MARKS_LEAF - bits - ZM_MARKS_PAGE);
    for (size_t page = 0; page < pages && search->left; page++) {
        unsigned is = ZM_LOAD(of[page]);
        if (is == search->of_heap || is == ZM_MARKS_MANY)
            search_page(search, &marks[page << ZM_MARKS_PAGE],
                        start + ((uintptr_t)page << ZM_MARKS_PAGE << bits), bits);
    }
}

void zm_marks_each(unsigned of_heap, uint64_t count, void (*each)(void *ptr, void *arg), void *arg)
{
    struct search search = {of_heap, count, each, arg};
    assert(of_heap >> ZM_MARKS_HEAP && of_heap < 1U << 16);
    const struct zm_marks *leaf = __atomic_load_n(&all, __ATOMIC_ACQUIRE);
    for (; leaf && search.left; leaf = leaf->next) {
        search_in(&search, leaf->small, leaf->small_of, leaf->start, ZM_MARKS_SMALL);
        search_in(&search, leaf->middle, leaf->middle_of, leaf->start, ZM_MARKS_MIDDLE);
        search_in(&search, leaf->large, leaf->large_of, leaf->start, ZM_MARKS_LARGE);
    }
}

static void share(uint16_t *of, const void *ptr, unsigned bits, unsigned of_heap)
{
    uint16_t was = 0, *page = &of[zm_mark_granule(ptr, bits) >> ZM_MARKS_PAGE];
    if (!__atomic_compare_exchange_n(page, &was, (uint16_t)of_heap, false, __ATOMIC_RELAXED,
                                     __ATOMIC_RELAXED) &&
        was != of_heap)
        ZM_STORE(*page, ZM_MARKS_MANY);
}

void zm_marks_share(struct zm_marks *leaf, const void *ptr, size_t usable, unsigned of_heap)
{
    if (usable >> ZM_MARKS_LARGE)
        share(leaf->large_of, ptr, ZM_MARKS_LARGE, of_heap);
    else if (usable >> ZM_MARKS_MIDDLE)
        share(leaf->middle_of, ptr, ZM_MARKS_MIDDLE, of_heap);
    else
        share(leaf->small_of, ptr, ZM_MARKS_SMALL, of_heap);
}
