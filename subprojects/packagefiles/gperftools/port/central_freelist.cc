/*
 * Upstream writes a line to stderr for each block that the system refuses. The
 * caller is told by NULL, and the program's stderr is the program's.
 */
#include "config.h"
#include "internal_logging.h"
#include "page_heap.h"
#include "static_vars.h"
#define Log(...) ((void)0)
#include "../src/central_freelist.cc"
