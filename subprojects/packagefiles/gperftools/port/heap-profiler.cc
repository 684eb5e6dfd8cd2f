#include "port.h"
#include "tcmalloc_guard.h"
/* Neither a guard nor an exit handler for a process that never calls init(). */
struct GP_NAME(no_guard) { constexpr GP_NAME(no_guard)() {} };
#undef TCMallocGuard
#define TCMallocGuard GP_NAME(no_guard)
/* The profile returned to a caller is to be freed with this allocator. */
#define malloc(size) GP_NAME(own_malloc)(size)
#define heap_profile_end_writer *GP_unused_writer
#include "../src/heap-profiler.cc"
#undef heap_profile_end_writer
#undef malloc

void GP_NAME(modules)::heap_profiler_exit() { HeapProfileEndWriter writer; }
void GP_NAME(modules)::heap_profiler_lock() { heap_lock.Lock(); }
void GP_NAME(modules)::heap_profiler_unlock() { heap_lock.Unlock(); }
