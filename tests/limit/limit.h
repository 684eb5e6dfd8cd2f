/* What the tests of limits at odd moments share.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TESTS_LIMIT_H
#define ZM_TESTS_LIMIT_H

#include <zmalloc.h>

#include "../core/child.h"
#include "../core/test.h"

#define HARD (8 * ZM_MIB)

static inline void set(uint32_t of, uint64_t hard, size_t (*reclaim)(size_t, void *))
{
    struct zmalloc_limit limit = {
        .struct_size = sizeof limit, .of = of, .hard = hard, .reclaim = reclaim};
    ZM_EXPECT(zmalloc_set_limit(&limit) == 0);
}

#define IN_CHILD(name, skipped)                                       \
    static void test_##name(void **state)                             \
    {                                                                 \
        (void)state;                                                  \
        if (skipped)                                                  \
            skip();                                                   \
        struct zm_child child = zm_run_child(name, NULL, ZM_TIMEOUT); \
        zm_assert_child_ok(&child);                                   \
    }

#endif
