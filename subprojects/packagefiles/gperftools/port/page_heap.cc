/*
 * Growth stacks are taken with the page heap locked. An unwinder may wait there
 * for the dynamic linker's lock, whose owner may be waiting for memory.
 */
#include "page_heap.h"
#if __has_include("malloc_backtrace.h")
#include "malloc_backtrace.h"
namespace tcmalloc {
static inline int GP_NAME(no_backtrace)(void **, int, int) { return 0; }
}
#define GrabBacktrace GP_NAME(no_backtrace)
#else
#undef GetStackTrace
#define GetStackTrace(stack, depth, skip) 0
#endif
#include "../src/page_heap.cc"
