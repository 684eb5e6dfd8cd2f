/* jemalloc's emap.c, with someone told of all pages that blocks will be in: whatever blocks are cut from,
 * whichever hooks it comes from, is entered here before, as a whole. Who is told says false if that must not
 * be; then it is as if there had been no memory for the entry. */
#include "jemalloc/internal/jemalloc_preamble.h"
#include "jemalloc/internal/jemalloc_internal_includes.h"

/* Read after the pages were got, so that it may be set at any time: whoever gets pages that somebody else
 * gave back after that knows it. */
bool (*je_note_pages)(void *start, size_t bytes);

static bool register_boundary(tsdn_t *tsdn, emap_t *emap, edata_t *edata, szind_t szind, bool slab);

bool emap_register_boundary(tsdn_t *tsdn, emap_t *emap, edata_t *edata, szind_t szind, bool slab) {
	bool (*note)(void *, size_t) = __atomic_load_n(&je_note_pages, __ATOMIC_ACQUIRE);
	if (note && !note(edata_base_get(edata), edata_size_get(edata)))
		return true;
	return register_boundary(tsdn, emap, edata, szind, slab);
}

#undef emap_register_boundary
#define emap_register_boundary register_boundary
#include "src/emap.c"
