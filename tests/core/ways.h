/* Every way to get a block, behind one signature.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TESTS_WAYS_H
#define ZM_TESTS_WAYS_H

#include <stdbool.h>
#include <stddef.h>

struct zm_way {
    const char *name;
    void *(*get)(size_t size, size_t *usable);
    bool zeroed; /* the block is all zero */
    bool tries;  /* fails with ENOMEM; the others call the OOM handler */
};

extern const struct zm_way zm_ways[];
extern const size_t zm_way_count;

/* What every block of the running backend is aligned to. */
size_t zm_promised_align(void);

/* Writes and reads back a pattern in all `size` bytes; `seed` makes one block's unlike another's.
 */
void zm_fill(void *ptr, size_t size, unsigned seed);
bool zm_is_filled(const void *ptr, size_t size, unsigned seed);
bool zm_is_zero(const void *ptr, size_t size);

#endif
