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

/* The budget is charged with the bytes asked for before there is a block, so that threads can't
 * exceed it together. */
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

/* Puts what the block really uses in the place of what was taken beforehand. `more` may stand for a
 * negative number, modulo 2^64. */
static void settle(uint64_t more)
{
    if (budget)
        atomic_fetch_add_explicit(&held, more, memory_order_relaxed);
}

/* What a resize takes beforehand: the bytes that it adds to what was asked for. */
static size_t added(size_t size, size_t before)
{
    return size > before ? size - before : 0;
}

static bool admits(const void *ptr, size_t size)
{
    return !fails() && take(ptr && budget ? added(size, below->usable(ptr)) : size);
}

static struct zm_block gave(struct zm_block b, size_t size)
{
    settle((uint64_t)b.usable - size);
    return b;
}

static struct zm_block resized(struct zm_block b, size_t size, size_t before)
{
    settle((b.ptr ? (uint64_t)b.usable - before : 0) - added(size, before));
    return b;
}

static size_t released(size_t bytes)
{
    settle(-(uint64_t)bytes);
    return bytes;
}

#define ZM_LAYER                           fault
#define ZM_LAYER_FUNCTIONS                 ZM_OPS_FUNCTIONS
#define ZM_LAYER_BELOW                     below
#define ZM_LAYER_ADMITS(ptr, bytes)        admits(ptr, bytes)
#define ZM_LAYER_GAVE(name, bytes, result) gave(result, bytes)
#define ZM_LAYER_RESIZED(name, result)     resized(result, size, *old)
#define ZM_LAYER_RELEASED(name, bytes)     released(bytes)
#include "backends/layer_tmpl.h"

static const struct zm_ops ops = {ZM_LAYER_ENTRIES};

const struct zm_wrap zm_wrap_fault = {"fault", options, &ops, check, start, NULL};
