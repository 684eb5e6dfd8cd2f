/* The signatures of the servers' zmalloc.h, each with the version that brought it, for those that
 * signatures.c is compiled for. Ours promise more in one way: a pointer that is only looked at is
 * one to const.
 *
 *     S(from, result, name, parameters)
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ZM_TESTS_SIGNATURES_H
#define ZM_TESTS_SIGNATURES_H

#define ZM_SIGNATURES_OF_BLOCKS(S)                        \
    S("Redis 6.2", void *, zmalloc, (size_t))             \
    S("Redis 6.2", void *, zcalloc, (size_t))             \
    S("Redis 7.2", void *, zcalloc_num, (size_t, size_t)) \
    S("Redis 6.2", void *, zrealloc, (void *, size_t))    \
    S("Redis 6.2", void, zfree, (void *))                 \
    S("Redis 6.2", char *, zstrdup, (const char *))       \
    S("Redis 6.2", void *, ztrymalloc, (size_t))          \
    S("Redis 6.2", void *, ztrycalloc, (size_t))          \
    S("Redis 6.2", void *, ztryrealloc, (void *, size_t))

#define ZM_SIGNATURES_OF_USABLE(S)                                \
    S("Redis 6.2", void *, zmalloc_usable, (size_t, size_t *))    \
    S("Redis 6.2", void *, zcalloc_usable, (size_t, size_t *))    \
    S("Redis 6.2", void *, ztrymalloc_usable, (size_t, size_t *)) \
    S("Redis 6.2", void *, ztrycalloc_usable, (size_t, size_t *)) \
    S("Redis 6.2", void, zfree_usable, (void *, size_t *))        \
    S("Redis 6.2", size_t, zmalloc_size, (const void *))          \
    S("Redis 6.2", size_t, zmalloc_usable_size, (const void *))   \
    S("Redis 7.0", void *, extend_to_usable, (void *, size_t))

#define ZM_SIGNATURES_OF_FIGURES(S)                                               \
    S("Redis 6.2", size_t, zmalloc_used_memory, (void))                           \
    S("Redis 6.2", void, zmalloc_set_oom_handler, (void (*)(size_t)))             \
    S("Redis 6.2", size_t, zmalloc_get_rss, (void))                               \
    S("Redis 6.2", void, set_jemalloc_bg_thread, (int))                           \
    S("Redis 6.2", int, jemalloc_purge, (void))                                   \
    S("Redis 6.2", size_t, zmalloc_get_private_dirty, (long))                     \
    S("Redis 6.2", size_t, zmalloc_get_smap_bytes_by_field, (const char *, long)) \
    S("Redis 6.2", size_t, zmalloc_get_memory_size, (void))                       \
    S("Redis 6.2", void, zlibc_free, (void *))

#define ZM_SIGNATURES_OF_JEMALLOC(S)                                                 \
    S("Redis 6.2", void *, zmalloc_no_tcache, (size_t))                              \
    S("Redis 6.2", void, zfree_no_tcache, (void *))                                  \
    S("Redis 7.2", int, get_proc_stat_ll, (int, long long *))                        \
    S("jemalloc", int, je_mallctl, (const char *, void *, size_t *, void *, size_t)) \
    S("jemalloc", size_t, je_nallocx, (size_t, int))                                 \
    S("jemalloc", void, je_malloc_stats_print,                                       \
      (void (*)(void *, const char *), void *, const char *))                        \
    S("Redis's jemalloc", int, je_get_defrag_hint, (void *))

#define ZM_SIGNATURES_OF_ALL(S) \
    ZM_SIGNATURES_OF_BLOCKS(S)  \
    ZM_SIGNATURES_OF_USABLE(S)  \
    ZM_SIGNATURES_OF_FIGURES(S) \
    ZM_SIGNATURES_OF_JEMALLOC(S)

#define ZM_SIGNATURES_OF_THREE_ARGUMENTS(S)                             \
    S("Redis 6.2", void *, zrealloc_usable, (void *, size_t, size_t *)) \
    S("Redis 6.2", void *, ztryrealloc_usable, (void *, size_t, size_t *))

#define ZM_SIGNATURES_OF_REDIS_7_0(S)                 \
    ZM_SIGNATURES_OF_THREE_ARGUMENTS(S)               \
    S("Redis 7.0", void, zmadvise_dontneed, (void *)) \
    S("Redis 5.0", int, zmalloc_get_allocator_info, (size_t *, size_t *, size_t *))

#define ZM_SIGNATURES_OF_REDIS_7_4_AND_8(S)                              \
    S("Redis 7.0", void, zmadvise_dontneed, (void *))                    \
    S("Redis 7.4", int, zmalloc_get_allocator_info,                      \
      (int, size_t *, size_t *, size_t *, size_t *, size_t *, size_t *)) \
    S("Redis 7.4", int, zmalloc_get_allocator_info_by_arena,             \
      (unsigned, int, size_t *, size_t *, size_t *, size_t *))           \
    S("Redis 7.4", void *, zmalloc_with_flags, (size_t, int))            \
    S("Redis 7.4", void *, zrealloc_with_flags, (void *, size_t, int))   \
    S("Redis 7.4", void, zfree_with_flags, (void *, int))

#define ZM_SIGNATURES_OF_REDIS_7_4(S)   \
    ZM_SIGNATURES_OF_REDIS_7_4_AND_8(S) \
    ZM_SIGNATURES_OF_THREE_ARGUMENTS(S)

#define ZM_SIGNATURES_OF_REDIS_8(S)                                                  \
    ZM_SIGNATURES_OF_REDIS_7_4_AND_8(S)                                              \
    S("Redis 8.4", void *, zrealloc_usable, (void *, size_t, size_t *, size_t *))    \
    S("Redis 8.4", void *, ztryrealloc_usable, (void *, size_t, size_t *, size_t *)) \
    S("Redis of 2026-06", void, zfree_with_size, (void *, size_t))                   \
    S("Redis of 2026-06", char *, zstrdup_usable, (const char *, size_t *))          \
    S("Redis of 2026-06", size_t, zmalloc_get_peak_memory, (void))                   \
    S("Redis of 2026-06", time_t, zmalloc_get_peak_memory_time, (void))              \
    S("Redis of 2026-06", void, zmalloc_reserve_thread_slots, (int))                 \
    S("Redis of 2026-06", void, zmalloc_register_reserved_slot, (void))              \
    S("Redis 7.2", int, zmalloc_test, (int, char **, int))

#define ZM_SIGNATURES_OF_VALKEY_8_AND_9(S)                   \
    ZM_SIGNATURES_OF_THREE_ARGUMENTS(S)                      \
    S("Valkey 8.0", void, zfree_with_size, (void *, size_t)) \
    S("Valkey 8.0", void, zlibc_trim, (void))

#define ZM_SIGNATURES_OF_VALKEY_8_0(S)                \
    ZM_SIGNATURES_OF_VALKEY_8_AND_9(S)                \
    S("Redis 7.0", void, zmadvise_dontneed, (void *)) \
    S("Valkey 8.0", int, zmalloc_get_allocator_info,  \
      (size_t *, size_t *, size_t *, size_t *, size_t *, size_t *))

#define ZM_SIGNATURES_OF_VALKEY_9(S)                                        \
    ZM_SIGNATURES_OF_VALKEY_8_AND_9(S)                                      \
    S("Valkey 8.1", void, zmadvise_dontneed, (void *, size_t))              \
    S("Valkey 8.1", int, zmalloc_get_allocator_info,                        \
      (size_t *, size_t *, size_t *, size_t *, size_t *))                   \
    S("Valkey 9.0", void *, zmalloc_cache_aligned, (size_t))                \
    S("Valkey 8.1", int, allocatorDefragInit, (void))                       \
    S("Valkey 8.1", void *, allocatorDefragAlloc, (size_t))                 \
    S("Valkey 8.1", void, allocatorDefragFree, (void *, size_t))            \
    S("Valkey 8.1", unsigned long, allocatorDefragGetFragSmallbins, (void)) \
    S("Valkey 8.1", int, allocatorShouldDefrag, (void *))                   \
    S("Valkey 8.1", float, getAllocatorFragmentation, (size_t *))

#endif
