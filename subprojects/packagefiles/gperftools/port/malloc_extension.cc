#include "port.h"
#include "../src/malloc_extension.cc"

/* Before the first use, which would take it from operator new. From 2.16 on the page heap's start makes it. */
void GP_NAME(modules)::malloc_extension() {
#if __has_include("maybe_threads.h")
  alignas(MallocExtension) static char space[sizeof(MallocExtension)];
  current_instance = new (space) MallocExtension;
#endif
}
