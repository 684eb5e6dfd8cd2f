/* What init() runs, in its order. Flags come first: modules read them. */
#ifndef GP_PORT_H
#define GP_PORT_H

#define GP_FLAGS_MINIMAL(X)                                            \
  X(malloc_skip_sbrk) X(malloc_skip_mmap) X(malloc_disable_memory_release) \
  X(tcmalloc_heap_limit_mb) X(tcmalloc_release_rate) X(tcmalloc_sample_parameter) X(verbose)

#if __has_include("maybe_threads.h") /* up to 2.15 */
#define GP_FLAGS_OLD(X)                                                \
  X(malloc_devmem_start) X(malloc_devmem_limit) X(tcmalloc_large_alloc_report_threshold)
#else
#define GP_FLAGS_OLD(X)
#endif

#ifdef __linux__
#define GP_FLAGS_MEMFS(X)                                              \
  X(memfs_malloc_path) X(memfs_malloc_limit_mb)                        \
  X(memfs_malloc_abort_on_fail) X(memfs_malloc_ignore_mmap_fail)       \
  X(memfs_malloc_map_private) X(memfs_malloc_disable_fallback)
#else
#define GP_FLAGS_MEMFS(X)
#endif

#ifdef NO_TCMALLOC_SAMPLES
#define GP_FLAGS_FULL(X)
#else
#define GP_FLAGS_FULL(X)                                               \
  X(cleanup_old_heap_profiles) X(heap_check_max_leaks)                 \
  X(heap_profile_allocation_interval) X(heap_profile_deallocation_interval) \
  X(heap_profile_inuse_interval) X(heap_profile_time_interval)
#endif

#if !defined NO_TCMALLOC_SAMPLES && __has_include("memory_region_map.h") /* up to 2.16 */
#define GP_FLAGS_MMAP(X) X(mmap_log) X(mmap_profile) X(only_mmap_profile)
#else
#define GP_FLAGS_MMAP(X)
#endif

#define GP_FLAGS(X) \
  GP_FLAGS_MINIMAL(X) GP_FLAGS_OLD(X) GP_FLAGS_MEMFS(X) GP_FLAGS_FULL(X) GP_FLAGS_MMAP(X)

namespace GP_NAME(modules) {
#define X(flag) void flag_##flag();
GP_FLAGS(X)
#undef X
void spinlock();
void futex();
void malloc_extension();
void tcmalloc_extension();
void stats_at_exit();
void memfs_malloc();
void libpthread_initialized_setter();
void stacktrace_init_default_stack_impl();
void heapprofiler();
void heap_profiler_exit();
void heap_profiler_lock();
void heap_profiler_unlock();
}

#endif
