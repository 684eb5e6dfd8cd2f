/* (a) with a plain free, where the other variants pass the size on.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "v_own.h"

static inline void v_free_sized(void *ptr, size_t size)
{
    (void)size;
    own_free(ptr);
}

#define VARIANT      zm_variant_plain
#define VARIANT_NAME "plain"
#define VARIANT_TEXT "the allocator itself, its plain free"
#include "loops_tmpl.h"
