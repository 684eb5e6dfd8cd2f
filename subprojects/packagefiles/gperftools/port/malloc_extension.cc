#include "port.h"
#include "../src/malloc_extension.cc"

/* Before the first use, which would take it from operator new. */
void GP_NAME(modules)::malloc_extension() {
  alignas(MallocExtension) static char space[sizeof(MallocExtension)];
  current_instance = new (space) MallocExtension;
}
