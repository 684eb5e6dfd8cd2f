/* jemalloc's emap.c, with someone told of all pages that blocks will be in, and will be in no more: whatever blocks are cut from,
 * whichever hooks it comes from, is entered here before, as a whole. Who is told says false if that must not
 * be; then it is as if there had been no memory for the entry. */
#include "jemalloc/internal/jemalloc_preamble.h"
#include "jemalloc/internal/jemalloc_internal_includes.h"

/* Read after the pages were got, so that it may be set at any time: whoever gets pages that somebody else
 * gave back after that knows it. */
bool (*je_note_pages)(void *start, size_t bytes, bool got);

static bool register_boundary(tsdn_t *tsdn, emap_t *emap, edata_t *edata, szind_t szind, bool slab);

bool emap_register_boundary(tsdn_t *tsdn, emap_t *emap, edata_t *edata, szind_t szind, bool slab) {
	bool (*note)(void *, size_t, bool) = __atomic_load_n(&je_note_pages, __ATOMIC_ACQUIRE);
	if (note && !note(edata_base_get(edata), edata_size_get(edata), true))
		return true;
	return register_boundary(tsdn, emap, edata, szind, slab);
}

static void deregister_boundary(tsdn_t *tsdn, emap_t *emap, edata_t *edata);

/* Before they go back to the system. Some are entered again, and told of again. */
void emap_deregister_boundary(tsdn_t *tsdn, emap_t *emap, edata_t *edata) {
	bool (*note)(void *, size_t, bool) = __atomic_load_n(&je_note_pages, __ATOMIC_ACQUIRE);
	if (note)
		note(edata_base_get(edata), edata_size_get(edata), false);
	deregister_boundary(tsdn, emap, edata);
}

#undef emap_register_boundary
#define emap_register_boundary register_boundary
#undef emap_deregister_boundary
#define emap_deregister_boundary deregister_boundary
#include "src/emap.c"
