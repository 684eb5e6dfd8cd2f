/* tcmalloc, the whole: with sampling, stack traces and the heap profile.
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include <tcmalloc_full.h>

#define TC(name)   tcfull_##name
#define HOT(name)  tcfull_hot::name
#define FIGURES    tcfull_figures
#define CACHE_ENDS tcfull_cache_ends
#define NOTE_PAGES tcfull_note_pages
#include "ops.h"

/* The port gives the namespace of this name another one; the module keeps its own. */
#undef tcmalloc
#define ZM_OPS ops
#include "backends/front_tmpl.h"
