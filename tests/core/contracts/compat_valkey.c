/* SPDX-License-Identifier: BSD-3-Clause */
#include <zmalloc/valkey.h>

#include "compat.h"

int zm_compat_valkey(struct zm_compat *out)
{
    return zmalloc_get_allocator_info(&out->allocated, &out->active, &out->resident, &out->retained,
                                      &out->muzzy);
}
