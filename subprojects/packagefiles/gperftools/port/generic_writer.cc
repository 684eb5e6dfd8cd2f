/* The profile returned to a caller is to be freed with this allocator. */
#define malloc(size) GP_NAME(own_malloc)(size)
#include "../src/base/generic_writer.cc"
