/* As on a system whose mmap and sbrk it can't replace: it must not export them. */
#undef __linux
#undef __FreeBSD__
#include "../src/malloc_hook.cc"
