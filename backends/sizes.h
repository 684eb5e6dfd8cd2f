/* A size-class table: what an allocator rounds a request to, read instead of asked for.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_BACKENDS_SIZES_H
#define ZM_BACKENDS_SIZES_H

#include <stddef.h>
#include <stdint.h>

#define ZM_SIZES_SMALL 1024  /* up to here in steps of 8, */
#define ZM_SIZES_MAX   32768 /* and up to here of 128: how finely the allocators' classes are cut */

struct zm_sizes {
    uint16_t small[ZM_SIZES_SMALL / 8 + 1];
    uint16_t medium[ZM_SIZES_MAX / 128 + 1];
};

/* Whether `size` is in the table. */
static inline int zm_sizes_has(size_t size)
{
    return size <= ZM_SIZES_MAX;
}

static inline size_t zm_sizes_round(const struct zm_sizes *sizes, size_t size)
{
    return size <= ZM_SIZES_SMALL ? sizes->small[(size + 7) / 8]
                                  : sizes->medium[(size + 127) / 128];
}

/* `round`: the allocator's own answer; it must be constant within a step and below 65536. */
static inline void zm_sizes_fill(struct zm_sizes *sizes, size_t (*round)(size_t size))
{
    for (size_t i = 0; i < sizeof sizes->small / sizeof *sizes->small; i++)
        sizes->small[i] = (uint16_t)round(i ? i * 8 : 1);
    for (size_t i = 0; i < sizeof sizes->medium / sizeof *sizes->medium; i++)
        sizes->medium[i] = (uint16_t)round(i ? i * 128 : 1);
}

#endif
