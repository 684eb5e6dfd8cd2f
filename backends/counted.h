/* Counting what an op gave or took, by whoever keeps the account: the allocator or we.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_BACKENDS_COUNTED_H
#define ZM_BACKENDS_COUNTED_H

#include <assert.h>

#include "accounting/count.h"
#include "backend.h"

ZM_INLINE size_t zm_raise(const struct zm_ops *ops, size_t size)
{
    return size < ops->min_size ? ops->min_size : size;
}

/* Counts a new block, if it is one. */
ZM_INLINE struct zm_block zm_counted(const struct zm_ops *ops, struct zm_block b)
{
    assert(b.ptr ? b.usable == ops->usable(b.ptr) : b.usable == 0);
    if (ZM_UNLIKELY(!b.ptr))
        return b;
    if (ops->totals)
        zm_count_native(1, 0);
    else
        b.ptr = zm_count_alloc(b.ptr, b.usable);
    return b;
}

/* Counts a block that was given back. */
ZM_INLINE void zm_count_released(const struct zm_ops *ops, size_t usable)
{
    if (ops->totals)
        zm_count_native(0, 1);
    else
        zm_count_free(usable);
}

#endif
