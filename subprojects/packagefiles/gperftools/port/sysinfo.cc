/* The path of the program is read into memory of this allocator, not of the process's. */
#define realloc(ptr, size) GP_NAME(own_realloc)(ptr, size)
#define free(ptr) GP_NAME(own_free)(ptr)
#include "../src/base/sysinfo.cc"
