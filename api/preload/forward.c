/* glibc's own questions and knobs: they are about libc's heap, so libc answers them.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include <malloc.h>
#include <stdatomic.h>

#include "base/libc_real.h"

#define EXPORT __attribute__((visibility("default")))

/* Looks `NAME` up in libc once; a libc without it does nothing. */
#define FORWARD(TYPE, NAME, NOTHING, PARAMETERS, ARGUMENTS)                           \
    EXPORT TYPE NAME PARAMETERS                                                       \
    {                                                                                 \
        static TYPE(*_Atomic cached) PARAMETERS;                                      \
        TYPE(*real) PARAMETERS = atomic_load_explicit(&cached, memory_order_relaxed); \
        if (!real) {                                                                  \
            *(void **)&real = zm_libc_symbol(#NAME);                                  \
            atomic_store_explicit(&cached, real, memory_order_relaxed);               \
        }                                                                             \
        if (!real)                                                                    \
            return NOTHING;                                                           \
        return real ARGUMENTS;                                                        \
    }                                                                                 \
    _Static_assert(1, "")

#pragma GCC diagnostic ignored "-Wdeprecated-declarations" /* mallinfo, in favour of mallinfo2 */
#pragma GCC diagnostic ignored "-Wpedantic" /* a function returning void returns one's result */

FORWARD(int, malloc_trim, 0, (size_t pad), (pad));
FORWARD(int, mallopt, 0, (int param, int value), (param, value));
FORWARD(struct mallinfo, mallinfo, (struct mallinfo){0}, (void), ());
FORWARD(struct mallinfo2, mallinfo2, (struct mallinfo2){0}, (void), ());
FORWARD(void, malloc_stats, , (void), ());
