/* slow: a known extra cost for every call, to see whether a benchmark finds it.
 *
 * A chain of dependent multiplications takes the same time for the same count, whatever else the
 * processor does beside it, and can be as short as one; a clock costs more than what it is to
 * measure. How many make a nanosecond is measured once, at the start.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include <time.h>

#include "base/compiler.h"
#include "wrap.h"

static uint64_t both, on_alloc, on_free, loops;

static const struct zm_wrap_option options[] = {
    {"ns", ZM_WRAP_NUMBER, &both},      {"alloc", ZM_WRAP_NUMBER, &on_alloc},
    {"free", ZM_WRAP_NUMBER, &on_free}, {"loops", ZM_WRAP_NUMBER, &loops},
    {NULL, ZM_WRAP_NUMBER, NULL},
};

static const struct zm_ops *below;
static uint64_t alloc_loops, free_loops;

static const char *check(void)
{
    return loops && (both || on_alloc || on_free)
               ? "slow takes ns=, alloc= and free= (nanoseconds), or loops=, not both"
               : NULL;
}

static ZM_NOINLINE void spin(uint64_t count)
{
    uint64_t x = count | 1;
    for (; count; count--) {
        x *= x;
        __asm__ volatile("" : "+r"(x));
    }
}

static double nanoseconds(uint64_t count)
{
    struct timespec from, to;
    clock_gettime(CLOCK_MONOTONIC, &from);
    spin(count);
    clock_gettime(CLOCK_MONOTONIC, &to);
    return (double)(to.tv_sec - from.tv_sec) * 1e9 + (double)(to.tv_nsec - from.tv_nsec);
}

/* The quickest of many short tries: the one that nothing interrupted, at full clock. Two lengths,
 * so that the clock's own time drops out. */
static double loops_per_ns(void)
{
    enum { SHORT = 1000, LONG = 21000, TRIES = 60 };
    double least_short = 1e18, least_long = 1e18;
    for (int i = 0; i < TRIES; i++) {
        double a = nanoseconds(SHORT), b = nanoseconds(LONG);
        least_short = a < least_short ? a : least_short;
        least_long = b < least_long ? b : least_long;
    }
    return least_long > least_short ? (LONG - SHORT) / (least_long - least_short) : 1;
}

static const char *start(const struct zm_ops *ops)
{
    below = ops;
    alloc_loops = free_loops = loops;
    if (both || on_alloc || on_free) {
        double rate = loops_per_ns();
        alloc_loops = (uint64_t)(rate * (double)(both + on_alloc) + 0.5);
        free_loops = (uint64_t)(rate * (double)(both + on_free) + 0.5);
    }
    return NULL;
}

#define ZM_LAYER                slow
#define ZM_LAYER_FUNCTIONS      ZM_OPS_FUNCTIONS
#define ZM_LAYER_BELOW          below
#define ZM_LAYER_BEFORE_ALLOC() spin(alloc_loops)
#define ZM_LAYER_BEFORE_FREE()  spin(free_loops)
#include "backends/layer_tmpl.h"

static const struct zm_ops ops = {ZM_LAYER_ENTRIES};

const struct zm_wrap zm_wrap_slow = {"slow", options, &ops, check, start, NULL};
