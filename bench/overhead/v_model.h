/* For variants that call a model, whose functions MODEL(name) names. Models have no sized free.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_BENCH_OVERHEAD_V_MODEL_H
#define ZM_BENCH_OVERHEAD_V_MODEL_H

#include "models.h"

#define v_malloc  MODEL(malloc)
#define v_calloc  MODEL(calloc)
#define v_realloc MODEL(realloc)
#define v_aligned MODEL(aligned)
#define v_free    MODEL(free)
#define v_init    MODEL(init)

static inline void v_free_sized(void *ptr, size_t size)
{
    (void)size;
    v_free(ptr);
}

#endif
