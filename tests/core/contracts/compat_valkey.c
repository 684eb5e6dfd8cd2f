/* SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>
#include <zmalloc/valkey.h>

#include "compat.h"
#include "tests/core/test.h"

void *valkey_malloc(size_t size);
void *valkey_calloc(size_t size);
void *valkey_realloc(void *ptr, size_t size);
void valkey_free(void *ptr);
ZMALLOC_LINK_NAMES(valkey_)

int zm_compat_valkey(struct zm_compat *out)
{
    return zmalloc_get_allocator_info(&out->allocated, &out->active, &out->resident, &out->retained,
                                      &out->muzzy);
}

void zm_compat_valkey_untold(void)
{
    struct zm_compat told;
    int known = zm_compat_valkey(&told);
    assert_int_equal(zmalloc_get_allocator_info(NULL, NULL, NULL, NULL, NULL), known);
    size_t used = zmalloc_used_memory(), bytes = 77;
    void *block = valkey_realloc(valkey_malloc(100), 3 * ZM_MIB);
    memset(block, 1, 3 * ZM_MIB);
    zmadvise_dontneed(block, 100); /* too little to be worth it */
    assert_int_equal(((char *)block)[ZM_MIB], 1);
    valkey_free(block);
    valkey_free(valkey_calloc(10));
    assert_int_equal(allocatorDefragInit(), 0);
    block = allocatorDefragAlloc(100);
    assert_true(zmalloc_can_defrag() || !allocatorShouldDefrag(block));
    allocatorDefragFree(block, zmalloc_size(block));
    assert_int_equal(zmalloc_used_memory(), used);
    block = valkey_malloc(100); /* of nothing there is no percentage */
    float percent = getAllocatorFragmentation(&bytes);
    assert_true(percent >= 0 && percent < 100000); /* which a NaN isn't */
    assert_int_equal(percent > 0, bytes > 0);
    assert_true(getAllocatorFragmentation(NULL) >= 0);
    assert_int_equal(allocatorDefragGetFragSmallbins() > 0, bytes > 0);
    valkey_free(block);
}
