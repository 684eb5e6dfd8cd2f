/* With one backend fixed at build time there is no table to fill: the exported names call its
 * functions.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <zmalloc/limit.h>

#include "choice.h"

void zm_activate(const struct zm_front *front)
{
    (void)front;
}

/* A limit is other functions in the table. */
int zmalloc_set_limit(const struct zmalloc_limit *limit)
{
    if (!limit)
        return 0;
    return limit->struct_size == sizeof *limit ? -ENOTSUP : -EINVAL;
}

int zmalloc_get_limit(struct zmalloc_limit_state *out)
{
    if (out->struct_size != sizeof *out)
        return -EINVAL;
    *out = (struct zmalloc_limit_state){.struct_size = sizeof *out};
    return 0;
}
