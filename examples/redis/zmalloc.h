/* In the place of Redis 7.0's src/zmalloc.h: the library's header, and what Redis's sources use
 * beyond it.
 *
 * They are compiled with USE_JEMALLOC, which in Redis means "the allocator can be asked and told
 * things": DEBUG MALLCTL, MEMORY MALLOC-STATS, a purge after FLUSHALL. Where they call jemalloc by
 * name, zmalloc.c answers for whichever allocator runs.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZMALLOC_FOR_REDIS_H
#define ZMALLOC_FOR_REDIS_H

#include <zmalloc.h> /* the library's: this directory is not searched for it */

#define je_mallctl            redis_mallctl
#define je_malloc_stats_print redis_malloc_stats_print
#define je_nallocx            redis_nallocx
#define je_get_defrag_hint    redis_get_defrag_hint

int redis_mallctl(const char *name, void *old, size_t *old_size, void *new, size_t new_size);
void redis_malloc_stats_print(void (*write)(void *, const char *), void *opaque,
                              const char *options);
size_t redis_nallocx(size_t size, int flags);
int redis_get_defrag_hint(void *ptr);

#endif
