/* For variants that call the allocator itself. They define the sized free.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_BENCH_OVERHEAD_V_OWN_H
#define ZM_BENCH_OVERHEAD_V_OWN_H

#include "own.h"

#define v_malloc  own_malloc
#define v_calloc  own_calloc
#define v_realloc own_realloc
#define v_aligned own_aligned
#define v_free    own_free
#define v_init    own_init

#endif
