/* The allocator's own functions, which a program without zmalloc would call, under names that do
 * not depend on the allocator. The build says by ZM_OWN_<NAME> which one it is.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_BENCH_OVERHEAD_OWN_H
#define ZM_BENCH_OVERHEAD_OWN_H

#include <stddef.h>

#if defined(ZM_OWN_JEMALLOC)
#    include "own_jemalloc.h"
#elif defined(ZM_OWN_TCMALLOC)
#    include <tcmalloc_full.h>
#    define OWN(name) tcfull_##name
#    include "own_tcmalloc.h"
#elif defined(ZM_OWN_TCMALLOC_MINIMAL)
#    include <tcmalloc_minimal.h>
#    define OWN(name) tcmin_##name
#    include "own_tcmalloc.h"
#elif defined(ZM_OWN_MIMALLOC)
#    include "own_mimalloc.h"
#elif defined(ZM_OWN_RPMALLOC)
#    include "own_rpmalloc.h"
#elif defined(ZM_OWN_SNMALLOC)
#    include "own_snmalloc.h"
#elif defined(ZM_OWN_LIBC)
#    include "own_libc.h"
#else
#    error "no ZM_OWN_<NAME>"
#endif

#endif
