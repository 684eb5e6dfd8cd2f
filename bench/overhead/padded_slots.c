/* (e), the layer itself: at its first call, a thread gets the next of 16 counters, and adds to that
 * from then on.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#define MODEL(name) zm_padded_slots_##name

#define COUNTERS    16
#define LINE        64

static struct {
    _Alignas(LINE) _Atomic size_t used;
} counters[COUNTERS];

static _Atomic int threads;
static _Thread_local int mine = -1;

static inline void count(size_t bytes, bool freed)
{
    if (mine < 0)
        mine = atomic_fetch_add_explicit(&threads, 1, memory_order_relaxed) % COUNTERS;
    if (freed)
        atomic_fetch_sub_explicit(&counters[mine].used, bytes, memory_order_relaxed);
    else
        atomic_fetch_add_explicit(&counters[mine].used, bytes, memory_order_relaxed);
}

#include "model_tmpl.h"
