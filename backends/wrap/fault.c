/* fault: allocations that fail, the same ones in every run of a program with one thread.
 *
 * The allocations of a process are numbered from 1, resizes included. What fails is told by the
 * number, the seed and the bytes held, and by nothing else.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include <stdatomic.h>
#include <stddef.h>

#include "wrap.h"

static uint64_t nth, share, seed = 1, budget;

static const struct zm_wrap_option options[] = {
    {"nth", ZM_WRAP_NUMBER, &nth},   {"p", ZM_WRAP_SHARE, &share},
    {"seed", ZM_WRAP_NUMBER, &seed}, {"budget", ZM_WRAP_BYTES, &budget},
    {NULL, ZM_WRAP_NUMBER, NULL},
};

static const struct zm_ops *below;
static _Atomic uint64_t asked; /* allocations so far */
static _Atomic uint64_t held;  /* bytes; looked at only with a budget */

static const char *check(void)
{
    return nth || share || budget ? NULL : "fault needs nth=N, p=P or budget=BYTES";
}

static const char *start(const struct zm_ops *ops)
{
    below = ops;
    return NULL;
}

/* splitmix64 of the seed and the allocation's number. */
static uint64_t draw(uint64_t number)
{
    uint64_t x = seed * UINT64_C(0x2545f4914f6cdd1d) + number * UINT64_C(0x9e3779b97f4a7c15);
    x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
    return x ^ x >> 31;
}

static bool fails(void)
{
    uint64_t number = atomic_fetch_add_explicit(&asked, 1, memory_order_relaxed) + 1;
    return number == nth || draw(number) < share;
}

/* The budget is of the bytes asked for, taken before the block is: threads can't exceed it
 * together. */
static bool take(uint64_t size)
{
    if (!budget)
        return true;
    uint64_t before = atomic_load_explicit(&held, memory_order_relaxed);
    do {
        if (before > budget || size > budget - before)
            return false;
    } while (!atomic_compare_exchange_weak(&held, &before, before + size));
    return true;
}

/* From what was taken to what is used: `more` may be negative. */
static void settle(uint64_t more)
{
    if (budget)
        atomic_fetch_add_explicit(&held, more, memory_order_relaxed);
}

static const struct zm_block none = {NULL, 0};

static struct zm_block settled(struct zm_block b, size_t size)
{
    settle((uint64_t)b.usable - size);
    return b;
}

static struct zm_block alloc(size_t size)
{
    return fails() || !take(size) ? none : settled(below->alloc(size), size);
}

static struct zm_block alloc_zeroed(size_t size)
{
    return fails() || !take(size) ? none : settled(below->alloc_zeroed(size), size);
}

static struct zm_block alloc_aligned(size_t align, size_t size)
{
    return fails() || !take(size) ? none : settled(below->alloc_aligned(align, size), size);
}

static struct zm_block resize(void *ptr, size_t size, size_t *old)
{
    size_t before = budget ? below->usable(ptr) : 0;
    size_t more = size > before ? size - before : 0;
    if (fails() || !take(more))
        return none;
    struct zm_block b = below->resize(ptr, size, old);
    settle((b.ptr ? (uint64_t)b.usable - before : 0) - more);
    return b;
}

static size_t usable(const void *ptr)
{
    return below->usable(ptr);
}

static size_t release(void *ptr)
{
    size_t bytes = below->release(ptr);
    settle(-(uint64_t)bytes);
    return bytes;
}

static size_t release_sized(void *ptr, size_t size)
{
    size_t bytes = below->release_sized(ptr, size);
    settle(-(uint64_t)bytes);
    return bytes;
}

static const struct zm_ops ops = {
    .alloc = alloc,
    .alloc_zeroed = alloc_zeroed,
    .alloc_aligned = alloc_aligned,
    .resize = resize,
    .usable = usable,
    .release = release,
    .release_sized = release_sized,
};

const struct zm_wrap zm_wrap_fault = {"fault", options, &ops, check, start, NULL};
