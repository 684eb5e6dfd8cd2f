/* SPDX-License-Identifier: BSD-3-Clause */
#define ZMALLOC_VALKEY_VERSION 0x00080001
#include <zmalloc/valkey.h>

#include "compat.h"
#include "tests/core/test.h"

int zm_compat_valkey80(struct zm_compat *out)
{
    return zmalloc_get_allocator_info(&out->allocated, &out->active, &out->resident, &out->retained,
                                      &out->muzzy, &out->frag_smallbins);
}

void zm_compat_valkey80_untold(void)
{
    struct zm_compat told;
    int known = zm_compat_valkey80(&told);
    assert_int_equal(zmalloc_get_allocator_info(NULL, NULL, NULL, NULL, NULL, NULL), known);
    zmadvise_dontneed(NULL);
}
