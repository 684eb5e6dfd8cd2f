/* mimalloc 3's page-map.c, with someone told of all pages that blocks will be in: whatever blocks are cut from
 * is entered here before. Who is told says false if that must not be; then it is as if there had been no
 * memory for the entry. */
#include "mimalloc.h"
#include "mimalloc/internal.h"

/* Read after the pages were got, so that it may be set at any time: whoever gets pages that somebody else
 * gave back after that knows it. */
bool (*mi_note_pages)(void *start, size_t bytes);

static bool register_page(mi_page_t *page);

/* Where a page has one block, which may be larger than any other page, it starts near its page's start. */
bool _mi_page_map_register(mi_page_t *page)
{
	bool (*note)(void *, size_t) = __atomic_load_n(&mi_note_pages, __ATOMIC_ACQUIRE);
	if (note) {
		size_t size;
		uint8_t *start = mi_page_area(page, &size);
		if (!note(start, size < MI_LARGE_PAGE_SIZE ? size : MI_LARGE_PAGE_SIZE))
			return false;
	}
	return register_page(page);
}

#define _mi_page_map_register register_page
#include "src/page-map.c"
