/* snmalloc's functions with libc's names and a prefix, and its figures for C. */
#include "snmalloc/override/malloc.cc"

#define get_malloc_info_v1 port_malloc_info_v1
#include "snmalloc/override/malloc-extensions.cc"

extern "C" void sn_malloc_info(size_t *current, size_t *peak)
{
  malloc_info_v1 info;
  get_malloc_info_v1(&info);
  *current = info.current_memory_usage;
  *peak = info.peak_memory_usage;
}
