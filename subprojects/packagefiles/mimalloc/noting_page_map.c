/* mimalloc 3's page-map.c, with someone told of all pages that blocks will be in, and will be in no more: whatever blocks are cut from
 * is entered here before. Who is told says false if that must not be; then it is as if there had been no
 * memory for the entry. */
#include "mimalloc.h"
#include "mimalloc/internal.h"

/* Read after the pages were got, so that it may be set at any time: whoever gets pages that somebody else
 * gave back after that knows it. */
bool (*mi_note_pages)(void *start, size_t bytes, bool got);

static bool register_page(mi_page_t *page);
static void unregister_page(mi_page_t *page);

/* Where a page has one block, which may be larger than any other page, it starts near its page's start. */
static bool note_page(mi_page_t *page, bool got)
{
	bool (*note)(void *, size_t, bool) = __atomic_load_n(&mi_note_pages, __ATOMIC_ACQUIRE);
	size_t size;
	uint8_t *start = mi_page_area(page, &size);
	return !note || note(start, size < MI_LARGE_PAGE_SIZE ? size : MI_LARGE_PAGE_SIZE, got);
}

bool _mi_page_map_register(mi_page_t *page)
{
	return note_page(page, true) && register_page(page);
}

/* Before the memory goes anywhere. */
void _mi_page_map_unregister(mi_page_t *page)
{
	note_page(page, false);
	unregister_page(page);
}

/* A page for one block of a large alignment would be entered from where the block starts, but for as many entries as
 * if it were from where the page does: what lies behind may be another allocator's. */
#if MI_DEBUG == 0
#define mi_page_slice_start mi_page_start
#endif

#define _mi_page_map_register register_page
#define _mi_page_map_unregister unregister_page
#include "src/page-map.c"
