/* The allocator's own functions under one set of names, own_*: what a program without us would
 * call. Which allocator: ZM_OWN_<NAME>, by the build.
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
#elif defined(ZM_OWN_LIBC)
#    include "own_libc.h"
#else
#    error "no ZM_OWN_<NAME>"
#endif

#endif
