/* The process's limit holds whichever backend gives the blocks.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include <zmalloc.h>
#include <zmalloc/limit.h>

#include "switch.h"

/* Many small blocks are as little let past the limit as a large one. */
static void fill_up(size_t hard)
{
    enum { BLOCKS = 20000 };
    void **blocks = calloc(BLOCKS, sizeof *blocks);
    size_t count = 0;
    while (count < BLOCKS && (blocks[count] = ztrymalloc(1000)) != NULL)
        count++;
    assert_true(count > 5000 && count < BLOCKS);
    assert_true(zmalloc_used_memory() <= hard);
    while (count > 0)
        zfree(blocks[--count]);
    free(blocks);
}

void limits(void **state)
{
    (void)state;
    struct zmalloc_limit limit = {.struct_size = sizeof limit,
                                  .hard = zmalloc_used_memory() + 10000000};
    assert_int_equal(zmalloc_set_limit(&limit), 0);
    for (size_t i = 0; i < name_count; i++) {
        zmalloc_switch_backend(names[i]);
        assert_null(ztrymalloc(11000000));
        void *block = ztrymalloc(5000000);
        assert_non_null(block);
        zmalloc_switch_backend(names[(i + 1) % name_count]);
        assert_null(ztryrealloc(block, 12000000));
        zfree(block);
        fill_up(limit.hard);
    }
    assert_int_equal(zmalloc_set_limit(NULL), 0);
}
