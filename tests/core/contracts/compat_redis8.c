/* SPDX-License-Identifier: BSD-3-Clause */
#include <zmalloc/redis8.h>

#include "compat.h"

int zm_compat_redis8(struct zm_compat *out)
{
    return zmalloc_get_allocator_info(1, &out->allocated, &out->active, &out->resident,
                                      &out->retained, &out->muzzy, &out->frag_smallbins);
}
