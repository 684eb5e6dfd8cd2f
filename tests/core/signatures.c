/* Compiled for each server: every function has the signature that the server's sources expect.
 *
 * ZM_HEADER is the header that serves it, ZM_SIGNATURES its list.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#define REDIS_TEST
#include ZM_HEADER

#include "signatures.h"

#define SIGNATURE(from, result, name, parameters) \
    _Static_assert(_Generic(&(name), result(*) parameters : 1, default : 0), from ": " #name);
ZM_SIGNATURES_OF_ALL(SIGNATURE)
ZM_SIGNATURES(SIGNATURE)

_Static_assert(HAVE_DEFRAG, "decided when the program runs");
_Static_assert(MALLOCX_TCACHE(UINT32_MAX) == MALLOCX_TCACHE_NONE, "jemalloc's");
_Static_assert(MALLOCX_ARENA(ZMALLOC_ARENA_AUTOMATIC) == 0, "no flag");
_Static_assert(MALLOCX_TCACHE(ZMALLOC_TCACHE_AUTOMATIC) == 0, "no flag");

#ifndef ZM_HAS_ALLOCATOR_DEFRAG
/* In those that have no allocator_defrag.h their defrag.c defines it. */
float getAllocatorFragmentation(size_t *out_frag_bytes);
float getAllocatorFragmentation(size_t *out_frag_bytes)
{
    return out_frag_bytes ? (float)*out_frag_bytes : 0;
}
#endif
