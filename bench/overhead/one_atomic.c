/* (d), the layer itself: one counter for all threads.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#define MODEL(name) zm_one_atomic_##name

static _Atomic size_t used;

static inline void count(size_t bytes, bool freed)
{
    if (freed)
        atomic_fetch_sub_explicit(&used, bytes, memory_order_relaxed);
    else
        atomic_fetch_add_explicit(&used, bytes, memory_order_relaxed);
}

#include "model_tmpl.h"
