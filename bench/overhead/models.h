/* Models of how other layers count, written from descriptions of them. Each asks the allocator for
 * the usable size of every block, after allocating it and before freeing it. one_atomic    Redis 7
 * has one counter for all threads. padded_slots  Redis 8 has 16 counters on cache lines of their
 * own, and a thread adds to one of them.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_BENCH_OVERHEAD_MODELS_H
#define ZM_BENCH_OVERHEAD_MODELS_H

#include <stddef.h>

#define ZM_MODEL(prefix)                               \
    int prefix##_init(void);                           \
    void *prefix##_malloc(size_t size);                \
    void *prefix##_calloc(size_t size);                \
    void *prefix##_realloc(void *ptr, size_t size);    \
    void *prefix##_aligned(size_t align, size_t size); \
    void prefix##_free(void *ptr)

ZM_MODEL(zm_one_atomic);
ZM_MODEL(zm_padded_slots);

#endif
