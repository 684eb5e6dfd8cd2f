#include "port.h"
#include "figures.h"
/* Upstream's version of what is replaced below stays, under another name. */
#undef tc_malloc_size
#undef tc_free_sized
#undef tc_malloc_stats
#define tc_malloc_size GP_NAME(upstream_malloc_size)
#define tc_free_sized GP_NAME(upstream_free_sized)
#define tc_malloc_stats GP_NAME(upstream_malloc_stats)
/* The guard registers its extension, made by operator new, unless valgrind runs. */
#include "base/dynamic_annotations.h"
#undef RunningOnValgrind
#define RunningOnValgrind() 1
/* From 2.16 on a guard starts it with the process: a pointer without constructor takes its place. */
#define module_enter_exit_hook *GP_unused_guard
#include "../src/tcmalloc.cc"
#undef module_enter_exit_hook
#undef tc_malloc_size
#undef tc_free_sized
#undef tc_malloc_stats
#define tc_malloc_size GP_NAME(malloc_size)
#define tc_free_sized GP_NAME(free_sized)
#define tc_malloc_stats GP_NAME(malloc_stats)

void *GP_NAME(own_malloc)(size_t size) { return tc_malloc(size); }
void *GP_NAME(own_realloc)(void *ptr, size_t size) { return tc_realloc(ptr, size); }
void GP_NAME(own_free)(void *ptr) { tc_free(ptr); }

void GP_NAME(modules)::tcmalloc_extension() {
#if __has_include("maybe_threads.h") /* up to 2.15; since then the page heap's start does it */
  alignas(TCMallocImplementation) static char space[sizeof(TCMallocImplementation)];
  MallocExtension::Register(new (space) TCMallocImplementation);
#endif
}

/* Upstream's PrintStats, without its buffer from operator new; nor on the stack: who
 * exits may be a thread with a small one. */
static void WriteStats(int level) {
  static char buffer[16 << 10];
  TCMalloc_Printer printer(buffer, sizeof buffer);
  DumpStats(&printer, level);
  write(STDERR_FILENO, buffer, strlen(buffer));
}

extern "C" void tc_malloc_stats(void) { WriteStats(1); }

void GP_NAME(modules)::stats_at_exit() {
  const char *level = getenv("MALLOCSTATS");
  if (level) WriteStats(std::max(1, atoi(level)));
}

GP_NAME(figures)::Figures GP_NAME(figures)::Read() {
  TCMallocStats stats;
  ExtractStats(&stats, NULL, NULL, NULL);
  return {stats.pageheap.system_bytes, stats.pageheap.free_bytes, stats.pageheap.unmapped_bytes,
          stats.metadata_bytes, stats.thread_bytes, stats.central_bytes, stats.transfer_bytes};
}

/* Upstream asks the registered extension: two calls and a check more. A block given
 * out while a stack trace is taken has a heap of its own, which knows no sizes. */
extern "C" size_t tc_malloc_size(void *ptr) {
  if (PREDICT_FALSE(tcmalloc::IsEmergencyPtr(ptr))) return 0;
  return GetSizeWithCallback(ptr, &InvalidGetAllocatedSize);
}

/*
 * Upstream's minimal variant trusts the size even of a block aligned to more than a
 * page, which has whole pages and no class, and corrupts its lists.
 */
extern "C" void tc_free_sized(void *ptr, size_t size) {
  if (PREDICT_TRUE((reinterpret_cast<uintptr_t>(ptr) & (kPageSize - 1)) != 0 &&
                   base::internal::delete_hooks_.empty() && !tcmalloc::IsEmergencyPtr(ptr)))
    do_free_with_callback(ptr, &InvalidFree, true, size);
  else
    tc_free(ptr);
}
