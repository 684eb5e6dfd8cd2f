/* No allocator at all, which shows what the loops themselves cost.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include "variant.h"

static char scratch[ZM_SLOTS_MAX][64];
static unsigned next; /* not atomic: only one thread runs this variant */

static inline void *v_malloc(size_t size)
{
    (void)size;
    return scratch[next++ % ZM_SLOTS_MAX];
}

static inline void *v_realloc(void *ptr, size_t size)
{
    (void)size;
    return ptr;
}

static inline void *v_aligned(size_t align, size_t size)
{
    (void)align;
    return v_malloc(size);
}

static inline void v_free(void *ptr)
{
    __asm__ volatile("" ::"r"(ptr));
}

static inline void v_free_sized(void *ptr, size_t size)
{
    __asm__ volatile("" ::"r"(ptr), "r"(size));
}

#define v_calloc     v_malloc

#define VARIANT      zm_variant_no_op
#define VARIANT_NAME "no-op"
#define VARIANT_TEXT "the loop without an allocator"
#include "loops_tmpl.h"
