/*
 * Growth stacks are taken with the page heap locked. An unwinder may wait there
 * for the dynamic linker's lock, whose owner may be waiting for memory.
 */
#include "page_heap.h"
#undef GetStackTrace
#define GetStackTrace(stack, depth, skip) 0
#include "../src/page_heap.cc"
