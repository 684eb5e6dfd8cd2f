/* mimalloc 3's arena.c. Where it looks for pages that threads have left it takes a page's mark away,
 * and puts it back if it can't have the page; others wait for the mark. */
#include "mimalloc.h"
#include "mimalloc/internal.h"
#include "src/bitmap.h"

#include "forks.h"

#define mi_bitmap_try_find_and_claim(...) \
	(_mi_port_enter(), _mi_port_left(mi_bitmap_try_find_and_claim(__VA_ARGS__)))
#include "src/arena.c"
