/* For variants that call zmalloc, under whatever names zmalloc.h declares.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_BENCH_OVERHEAD_V_ZMALLOC_H
#define ZM_BENCH_OVERHEAD_V_ZMALLOC_H

#include <zmalloc.h>

#define v_malloc     zmalloc
#define v_calloc     zcalloc
#define v_realloc    zrealloc
#define v_aligned    zaligned_alloc
#define v_free       zfree
#define v_free_sized zfree_with_size
#define v_used       zmalloc_used_memory
#define v_backend    zmalloc_backend_name

#endif
