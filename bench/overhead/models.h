/* Models of other layers' way to count, written from their description: each calls the allocator,
 * then asks it for the block's usable size, at both ends.
 *   one_atomic    Redis 7: one counter for all threads
 *   padded_slots  Redis 8: 16 counters on lines of their own; a thread adds to one of them
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
